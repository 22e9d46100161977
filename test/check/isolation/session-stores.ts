// Histories of transactions in sessions from a store with serial execution or snapshot isolation, and from
// ones that are subtly wrong. The store knows nothing of the checkers; its histories have no times.

import type { Random } from '../../../src/base/random.js';
import type {
  RegisterOperation,
  RegisterTransaction,
} from '../../../src/check/isolation/transaction.js';

export type Engine =
  /** Reads and commits at one moment. */
  | 'serial'
  /** Reads what was committed when it began; the first to commit a key wins. */
  | 'snapshot';

export type SessionFlaw =
  | 'none'
  /** At times a key is written though another wrote it since the snapshot. */
  | 'lost-update'
  /** At times a snapshot lacks one of the last commits. */
  | 'long-fork'
  /** At times a snapshot is of a moment before the session's own last commit. */
  | 'stale-snapshot';

export const SESSION_FLAWS: readonly SessionFlaw[] = ['lost-update', 'long-fork', 'stale-snapshot'];

export interface SessionShape {
  readonly transactions: number;
  readonly sessions: number;
  readonly keys: number;
  readonly operations: number;
  /** Of a hundred operations so many only read. */
  readonly readPercent: number;
  /** True: who writes a key reads it first. */
  readonly readsFirst?: boolean;
  readonly engine: Engine;
  readonly flaw?: SessionFlaw;
  /** One chance in so many is taken to do wrong. */
  readonly flawedOneIn?: number;
}

interface Commit {
  readonly writes: ReadonlyMap<string, number>;
}

interface Open {
  readonly steps: readonly { readonly write: boolean; readonly key: string }[];
  /** Commits that the snapshot holds. */
  readonly until: number;
  /** A commit that it lacks all the same; -1 for none. */
  readonly without: number;
}

/** A history of committed transactions; aborted ones are not in it. */
export function sessionHistory(random: Random, shape: SessionShape): RegisterTransaction[] {
  const { flaw = 'none', flawedOneIn = 20 } = shape;
  const commits: Commit[] = [];
  const versions = new Map<string, { at: number; value: number }[]>();
  const open: (Open | null)[] = Array.from({ length: shape.sessions }, () => null);
  const lastCommit = open.map(() => 0);
  const lists: RegisterOperation[][][] = open.map(() => []);
  const goesWrong = (): boolean => flaw !== 'none' && random.below(flawedOneIn) === 0;
  let value = 0;
  let committed = 0;

  const begin = (session: number): Open => {
    const steps = Array.from({ length: shape.operations }, () => ({
      write: random.below(100) >= shape.readPercent,
      key: `k${random.below(shape.keys)}`,
    }));
    const now = commits.length;
    if (flaw === 'stale-snapshot' && goesWrong()) {
      return { steps, until: Math.max(0, lastCommit[session]! - 1 - random.below(3)), without: -1 };
    }
    const forked = flaw === 'long-fork' && goesWrong() ? now - 1 - random.below(3) : -1;
    return { steps, until: now, without: forked };
  };

  const read = (key: string, { until, without }: Open): number | null => {
    const list = versions.get(key) ?? [];
    return list.findLast(({ at }) => at < until && at !== without)?.value ?? null;
  };

  while (committed < shape.transactions) {
    const session = random.below(shape.sessions);
    const begun = open[session];
    if (begun == null) {
      open[session] = begin(session);
      continue;
    }
    open[session] = null;
    const now = commits.length;
    const isLate = shape.engine === 'serial' && begun.until >= lastCommit[session]!;
    const view = isLate ? { ...begun, until: now } : begun;
    const own = new Map<string, number>();
    const operations: RegisterOperation[] = [];
    for (const { write, key } of view.steps) {
      const seen = own.get(key) ?? read(key, view);
      if (!write || (shape.readsFirst === true && !own.has(key))) operations.push(['r', key, seen]);
      if (!write) continue;
      own.set(key, ++value);
      operations.push(['w', key, value]);
    }
    const wasWritten = [...own.keys()].some((key) => {
      const list = versions.get(key) ?? [];
      return (list[list.length - 1]?.at ?? -1) >= view.until;
    });
    if (wasWritten && !(flaw === 'lost-update' && goesWrong())) continue;
    for (const [key, written] of own) {
      const list = versions.get(key) ?? [];
      versions.set(key, list);
      list.push({ at: now, value: written });
    }
    commits.push({ writes: own });
    lastCommit[session] = commits.length;
    lists[session]!.push(operations);
    committed++;
  }
  let id = 0;
  return lists.flatMap((list, process) =>
    list.map((operations, at) => ({
      id: ++id,
      process,
      operations,
      calledAt: 2 * at,
      returnedAt: 2 * at + 1,
      outcome: 'ok' as const,
    })),
  );
}
