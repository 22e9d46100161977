// What commands found, for whoever tells it as text or as JSON.

import type { CheckedHistory } from '../check/history-check.js';
import type { CorpusFinding } from '../fuzz/corpus-record.js';
import type { Plan } from '../scenario/plan.js';
import type { RunResult } from '../scenario/result.js';

/** What came of one file. */
export type CheckOutcome =
  | { readonly file: string; readonly ms: number; readonly checked: CheckedHistory }
  | { readonly file: string; readonly ms: number; readonly unreadable: string };

/** What became of a record, in the words of `list`. */
export type RecordState = 'fails' | 'mended' | 'stale' | 'reached';

/** What other seeds say of a plan that passes under its own; they decide only what the plan leaves open. */
export interface OtherSeeds {
  readonly tried: number;
  /** The first run that breaks the invariant of old; null if none does. */
  readonly result: RunResult | null;
}

export interface SavedRun {
  readonly key: string;
  readonly plan: Plan;
  readonly finding: CorpusFinding;
  readonly result: RunResult;
  readonly state: CorpusFinding['state'];
  /** One sentence; empty for `mended`. */
  readonly reason: string;
}
