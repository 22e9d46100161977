// What every judge of a history answers, whatever it judges by. Plain data.
// Not here: the judges, and the verifiers that re-check their certificates.

/** `undecided`: the budget ran out. It must never read as ok. */
export type HistoryVerdict = 'ok' | 'violation' | 'undecided';

export interface Judgement<Certificate> {
  readonly verdict: HistoryVerdict;
  /** The model or the isolation level judged against. */
  readonly model: string;
  /** Work done, in a unit that is the same on every machine. */
  readonly steps: number;
  /** One sentence with values; empty if ok. */
  readonly reason: string;
  /** Ids of the operations that make the violation, the fewest that were found; empty if there is none. */
  readonly core: readonly number[];
  /** Names of the anomalies found, such as `G-single`; empty where the judge has no such names. */
  readonly anomalies: readonly string[];
  /** Evidence for the verdict that a verifier sharing no code with the judge re-checks; null if undecided. */
  readonly certificate: Certificate | null;
}
