// What the view of a history shows: operations in words, the few that contradict each other, and how far
// legal orders go. The contract between Node and the page. Types only.

/** Times are as in the history; in a report of a run, virtual microseconds. */
export interface HistoryOperation {
  readonly id: number;
  /** Position in `lanes`. */
  readonly lane: number;
  /** With the answer, for example `read -> 1`. */
  readonly label: string;
  readonly call: number;
  /** Null if no answer came, or nobody knows by when it took effect. */
  readonly return: number | null;
  readonly outcome: 'ok' | 'fail' | 'unknown';
  /** Where it takes effect in the longest legal order that was found; null if it is not in it. */
  readonly point: number | null;
  /** Its place in that order, from 1; null if it is not in it. */
  readonly place: number | null;
}

/** A legal order of the core that nothing can continue. */
export interface HistoryDeadEnd {
  readonly order: readonly number[];
  readonly state: string;
  readonly refused: readonly { readonly id: number; readonly why: string }[];
}

export interface HistoryData {
  readonly lanes: readonly string[];
  /** In the order of their calls. */
  readonly operations: readonly HistoryOperation[];
  /** Ids of the operations that contradict each other; empty if none do. */
  readonly core: readonly number[];
  /** Ids of those that may have had an effect between them. */
  readonly context: readonly number[];
  /** The one that cannot be placed, or null. */
  readonly culprit: number | null;
  readonly reason: string;
  readonly deadEnds: readonly HistoryDeadEnd[];
  /** `s`: times are microseconds, shown as seconds; '' if they only count. */
  readonly unit: 's' | '';
  /** What is left out, as one sentence; null if nothing is. */
  readonly truncated: string | null;
}
