// The trace: what happened in a run, event by event. The one definition that simulator, checkers,
// report and viewer share. A trace is recorded only when asked for; it never influences the run.

import type { Micros, ProcessId } from './ids.js';

/** Raise when an event's meaning changes: saved traces name the format they were written in. */
export const TRACE_FORMAT = 1;

/** Fields of every event. `n` is the ordinal of the engine event during which it happened. */
interface At {
  readonly n: number;
  readonly t: Micros;
}

export type DownCause = 'kill' | 'power-loss' | 'fail-stop' | 'crash';
export type DropReason = 'loss' | 'partition' | 'capacity' | 'down';
export type Outcome = 'ok' | 'fail' | 'unknown';

/** One thing that happened. `p` is a process, `m` the run-wide number of a message. */
export type TraceEvent = At &
  (
    | { readonly kind: 'boot'; readonly p: ProcessId; readonly incarnation: number }
    | {
        readonly kind: 'down';
        readonly p: ProcessId;
        readonly cause: DownCause;
        readonly reason: string;
      }
    | { readonly kind: 'pause' | 'resume' | 'wake'; readonly p: ProcessId }
    | {
        readonly kind: 'send';
        readonly m: number;
        readonly from: ProcessId;
        readonly to: ProcessId;
        readonly label: string;
      }
    | {
        readonly kind: 'deliver';
        readonly m: number;
        readonly from: ProcessId;
        readonly to: ProcessId;
      }
    | {
        readonly kind: 'drop';
        readonly m: number;
        readonly from: ProcessId;
        readonly to: ProcessId;
        readonly reason: DropReason;
      }
    /** Message `m` is a second copy of message `of`. */
    | {
        readonly kind: 'duplicate';
        readonly m: number;
        readonly of: number;
        readonly from: ProcessId;
        readonly to: ProcessId;
      }
    /** A disk effect: a completed sync, or an injected fault that took effect. */
    | {
        readonly kind: 'disk';
        readonly p: ProcessId;
        readonly operation: string;
        readonly path: string;
        readonly outcome: string;
      }
    /** A fault of the plan begins or ends; `fault` is its index in the plan. */
    | {
        readonly kind: 'fault';
        readonly fault: number;
        readonly phase: 'begin' | 'end';
        readonly label: string;
        readonly processes: readonly ProcessId[];
      }
    /** The public state of a process after it changed; only changed fields. */
    | {
        readonly kind: 'state';
        readonly p: ProcessId;
        readonly state: Readonly<Record<string, string | number>>;
      }
    | {
        readonly kind: 'invoke';
        readonly p: ProcessId;
        readonly op: number;
        readonly label: string;
      }
    | {
        readonly kind: 'return';
        readonly p: ProcessId;
        readonly op: number;
        readonly outcome: Outcome;
        readonly label: string;
      }
    | { readonly kind: 'violation'; readonly invariant: string; readonly message: string }
  );

/** {@link TraceEvent} without the fields that the recorder fills in. */
export type TraceEntry = TraceEvent extends infer E
  ? E extends At
    ? Omit<E, 'n' | 't'>
    : never
  : never;

/** Receives events while a run is recorded. */
export type TraceSink = (event: TraceEvent) => void;
