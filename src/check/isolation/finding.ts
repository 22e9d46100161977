// What is found wrong, as evidence that a verifier checks against the history alone.

import type { Key, Value } from './transaction.js';

/** Why one transaction precedes the next. */
export type Dependency =
  /** `from` wrote `value` of `key`, and `to` wrote `next`, which comes later in the key's order. */
  | {
      readonly relation: 'ww';
      readonly from: number;
      readonly to: number;
      readonly key: Key;
      readonly value: Value;
      readonly next: Value;
      /** Registers only: how `next` comes later, step by step. */
      readonly because?: readonly VersionStep[];
    }
  /** `from` wrote `value`, and `to` read it. */
  | {
      readonly relation: 'wr';
      readonly from: number;
      readonly to: number;
      readonly key: Key;
      readonly value: Value;
    }
  /** `from` read `value` (null: nothing written yet), and `to` wrote `next`, which comes later. */
  | {
      readonly relation: 'rw';
      readonly from: number;
      readonly to: number;
      readonly key: Key;
      readonly value: Value | null;
      readonly next: Value;
      readonly because?: readonly VersionStep[];
    }
  | { readonly relation: 'process' | 'realtime'; readonly from: number; readonly to: number };

export type VersionSource =
  | 'initial-state'
  | 'wfr-keys'
  | 'sequential-keys'
  | 'linearizable-keys'
  | 'transaction-order';

/** Why one version of a register precedes another: the rule, and the transactions it was applied to. */
export interface VersionReason {
  readonly source: VersionSource;
  readonly transactions: readonly number[];
}

/** One step in a key's order of versions. */
export interface VersionStep extends VersionReason {
  readonly before: Value | null;
  readonly after: Value | null;
}

/** One anomaly. `transactions` are ids. */
export type Finding =
  | { readonly kind: 'cycle'; readonly anomaly: string; readonly steps: readonly Dependency[] }
  /** What can be seen without an order: `transactions` in the order that `anomaly` prescribes. */
  | {
      readonly kind: 'direct';
      readonly anomaly: string;
      readonly transactions: readonly number[];
      readonly key: Key;
      readonly value: Value | null;
      readonly text: string;
    }
  | {
      readonly kind: 'cyclic-versions';
      readonly anomaly: 'cyclic-versions';
      readonly transactions: readonly number[];
      readonly key: Key;
      readonly steps: readonly VersionStep[];
    };

/** Ids of the transactions of a finding, without repetition. */
export function coreOf(finding: Finding): number[] {
  if (finding.kind === 'cycle') return finding.steps.map((step) => step.from);
  return [...new Set(finding.transactions)];
}
