// What a linearizability check answers. Plain data. An exhausted budget is its own verdict: undecided
// must never read as ok.

/** A legal order of one partition's operations: evidence that replay.ts can check by itself. */
export interface PartitionOrder {
  /** What `Model.partition` said, or null for the whole history. */
  readonly partition: string | number | null;
  /** Operation ids. Unknown operations that need not have happened are absent. */
  readonly ids: readonly number[];
}

/** Where the search got stuck, in the configuration that explains most of the history. */
export interface Stuck {
  readonly partition: string | number | null;
  /** The operation that has to come next, since it returned first, and cannot. */
  readonly operation: number;
  /** The longest legal order found, as ids. */
  readonly prefix: readonly number[];
  readonly state: string;
  /** Why each operation that may come next cannot, or leads nowhere; the first few. */
  readonly candidates: readonly { readonly id: number; readonly why: string }[];
}

export type LinearizabilityResult =
  | { readonly verdict: 'ok'; readonly steps: number; readonly orders: readonly PartitionOrder[] }
  | {
      readonly verdict: 'violation';
      readonly steps: number;
      /** One sentence with values. */
      readonly reason: string;
      /** Ids of operations among which the contradiction lies; empty if that is not known. */
      readonly core: readonly number[];
      readonly stuck: Stuck;
    }
  | { readonly verdict: 'undecided'; readonly steps: number; readonly reason: string };
