// The data a report embeds for its viewer: the one contract between the renderer (Node) and the page.
// Types only. Times are virtual microseconds from the start of the run.

import type { Micros, ProcessId } from '../../base/ids.js';
import type { TraceEvent } from '../../base/trace.js';
import type { HistoryData } from './history-data.js';

export interface ViewerProcess {
  readonly id: ProcessId;
  readonly name: string;
  readonly kind: 'member' | 'client';
  /** Position in the cluster graph, fixed for the whole report. */
  readonly x: number;
  readonly y: number;
}

export interface ViewerFault {
  readonly label: string;
  readonly beginUs: Micros;
  readonly endUs: Micros;
}

export interface ViewerViolation {
  readonly invariant: string;
  readonly message: string;
  /** Ordinal of the engine event after which it was seen. */
  readonly event: number;
  readonly timeUs: Micros;
}

export interface ReportData {
  readonly violation: ViewerViolation | null;
  readonly processes: readonly ViewerProcess[];
  readonly faults: readonly ViewerFault[];
  readonly trace: readonly TraceEvent[];
  /** Null unless the run broke linearizability. */
  readonly history: HistoryData | null;
}
