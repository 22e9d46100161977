// Histories of transactions from a serial store and from stores that are subtly wrong, over lists and over
// registers. The stores know nothing of the checkers.

import type { Random } from '../../../src/base/random.js';
import type {
  Key,
  ListOperation,
  ListTransaction,
  RegisterOperation,
  RegisterTransaction,
  Transaction,
  Value,
} from '../../../src/check/isolation/transaction.js';

export type Flaw =
  | 'none'
  /** Writes back what it read at its start, whatever was committed since. */
  | 'lost-update'
  /** Reads at its start, commits at its end, unless a key it writes was written since. */
  | 'write-skew'
  /** Reads see what others have not committed, and some of those fail. */
  | 'dirty-read'
  /** Reads see another transaction halfway. */
  | 'intermediate-read'
  /** Reads its first keys at its start and the others at its end. */
  | 'torn-read'
  /** A transaction that only reads may see the past. */
  | 'stale-read';

export const FLAWS: readonly Flaw[] = [
  'lost-update',
  'write-skew',
  'dirty-read',
  'intermediate-read',
  'torn-read',
  'stale-read',
];

export interface Shape {
  readonly transactions: number;
  readonly clients: number;
  readonly keys: number;
  readonly flaw: Flaw;
  /** One in so many gets no answer; 0 for none. */
  readonly unknownOneIn: number;
  /** True if a process that got no answer goes on under its number; default: it is another one then. */
  readonly reuses?: boolean;
}

type State = ReadonlyMap<Key, readonly Value[]>;
type Step = { readonly write: boolean; readonly key: Key; readonly value: Value };

interface Planned {
  readonly id: number;
  readonly process: number;
  readonly steps: readonly Step[];
  readonly calledAt: number;
  /** When it reads, for stores that do so at the start; it commits at `commitAt`. */
  readonly startAt: number;
  readonly commitAt: number;
  readonly returnedAt: number;
  readonly answered: boolean;
}

interface Ran {
  readonly planned: Planned;
  /** What each read returned: all versions up to then. */
  reads: (readonly Value[])[];
  failed: boolean;
}

/** A history over lists. */
export function listHistory(random: Random, shape: Shape): ListTransaction[] {
  return run(random, shape).map(({ planned, reads, failed }) => {
    let at = 0;
    const operations = planned.steps.map(
      ({ write, key, value }): ListOperation =>
        write ? ['append', key, value] : ['r', key, [...(reads[at++] ?? [])]],
    );
    return { ...frame(planned, failed), operations };
  });
}

/** A history over registers: a read returns the last version. */
export function registerHistory(random: Random, shape: Shape): RegisterTransaction[] {
  return run(random, shape).map(({ planned, reads, failed }) => {
    let at = 0;
    const operations = planned.steps.map(({ write, key, value }): RegisterOperation => {
      if (write) return ['w', key, value];
      const versions = reads[at++] ?? [];
      return ['r', key, versions[versions.length - 1] ?? null];
    });
    return { ...frame(planned, failed), operations };
  });
}

function frame(planned: Planned, failed: boolean): Omit<Transaction<never>, 'operations'> {
  const { id, process, calledAt, returnedAt, answered } = planned;
  if (failed) return { id, process, calledAt, returnedAt, outcome: 'fail' };
  return answered
    ? { id, process, calledAt, returnedAt, outcome: 'ok' }
    : { id, process, calledAt, returnedAt: Number.POSITIVE_INFINITY, outcome: 'unknown' };
}

function run(random: Random, shape: Shape): Ran[] {
  return new Store(random, shape).run();
}

/** Executes planned transactions at their commits, each with what its flaw lets it see. */
class Store {
  private readonly random: Random;
  private readonly flaw: Flaw;
  private readonly ran: readonly Ran[];
  private state: State = new Map();
  private readonly past: State[] = [this.state];
  private readonly snapshots = new Map<number, State>();
  private readonly versions = new Map<number, number>();
  /** What the next transaction that only reads will see though it should not. */
  private leak: State | null = null;

  constructor(random: Random, shape: Shape) {
    this.random = random;
    this.flaw = shape.flaw;
    this.ran = plan(random, shape).map((planned) => ({ planned, reads: [], failed: false }));
  }

  run(): Ran[] {
    const events = this.ran.flatMap((one) => [
      { at: one.planned.startAt, one, commits: false },
      { at: one.planned.commitAt, one, commits: true },
    ]);
    events.sort((a, b) => a.at - b.at);
    for (const { one, commits } of events) {
      if (commits) this.commit(one);
      else {
        this.snapshots.set(one.planned.id, this.state);
        this.versions.set(one.planned.id, this.past.length);
      }
    }
    return [...this.ran];
  }

  private commit(one: Ran): void {
    const { steps, answered } = one.planned;
    const onlyReads = !steps.some(({ write }) => write);
    if (!onlyReads && this.fails(one)) {
      one.failed = true;
      return;
    }
    const { reads, after } = this.outcome(one, onlyReads);
    one.reads = reads;
    const writes = steps.filter(({ write }) => write);
    if (this.flaw === 'intermediate-read' && writes.length > 1 && this.random.below(2) === 0) {
      this.leak = execute(writes.slice(0, 1), this.state, this.state).after;
    }
    // Without an answer it may also never have happened.
    if (!answered && this.random.below(2) === 0) return;
    this.state = after;
    this.past.push(after);
  }

  private fails({ planned: { id, steps } }: Ran): boolean {
    if (this.flaw === 'write-skew') {
      const snapshot = this.snapshots.get(id)!;
      return steps.some(({ write, key }) => write && this.state.get(key) !== snapshot.get(key));
    }
    if (this.flaw !== 'dirty-read' || this.random.below(4) > 0) return false;
    this.leak = execute(steps, this.state, this.state).after;
    return true;
  }

  private outcome(
    { planned: { id, steps } }: Ran,
    onlyReads: boolean,
  ): { reads: (readonly Value[])[]; after: State } {
    const { state, flaw } = this;
    const snapshot = this.snapshots.get(id)!;
    if (flaw === 'lost-update') {
      const written = [...snapshot].filter(([key]) => writesKey(steps, key));
      return execute(steps, snapshot, new Map([...state, ...written]));
    }
    if (flaw === 'write-skew') return execute(steps, snapshot, state);
    if (!onlyReads) return execute(steps, state, state);
    if (flaw === 'torn-read') {
      const at = (i: number): State => (i === 0 ? snapshot : state);
      return { reads: steps.map(({ key }, i) => at(i).get(key) ?? []), after: state };
    }
    if (flaw === 'stale-read') {
      const version = Math.max(0, this.versions.get(id)! - 1 - this.random.below(4));
      return { ...execute(steps, this.past[version]!, state), after: state };
    }
    const seen = this.leak ?? state;
    this.leak = null;
    return { ...execute(steps, seen, seen), after: state };
  }
}

/** Reads in `seen` and its own writes; writes on top of `base`. */
function execute(
  steps: readonly Step[],
  seen: State,
  base: State,
): { reads: (readonly Value[])[]; after: State } {
  const view = new Map(seen);
  const after = new Map(base);
  const reads: (readonly Value[])[] = [];
  for (const { write, key, value } of steps) {
    if (!write) {
      reads.push(view.get(key) ?? []);
      continue;
    }
    view.set(key, [...(view.get(key) ?? []), value]);
    after.set(key, [...(after.get(key) ?? []), value]);
  }
  return { reads, after };
}

function writesKey(steps: readonly Step[], key: Key): boolean {
  return steps.some((step) => step.write && step.key === key);
}

function plan(random: Random, shape: Shape): Planned[] {
  const free = Array.from({ length: shape.clients }, () => 0);
  const dead = new Set<number>();
  const next = new Map<Key, number>();
  const out: Planned[] = [];
  for (let id = 1; id <= shape.transactions; id++) {
    const process = random.below(shape.clients);
    // A process without an answer is another one from then on.
    const calledAt = free[process]! + 1 + random.below(4);
    const startAt = calledAt + random.below(6) + id / 10_000;
    const commitAt = startAt + random.below(8) + 0.000_01;
    const returnedAt = commitAt + random.below(4);
    free[process] = returnedAt;
    const answered = shape.unknownOneIn === 0 || random.below(shape.unknownOneIn) > 0;
    const count = 1 + random.below(4);
    const onlyReads = random.below(3) === 0;
    const steps = Array.from({ length: count }, (): Step => {
      const key = `k${random.below(shape.keys)}`;
      const write = !onlyReads && random.below(2) === 0;
      if (!write) return { write, key, value: 0 };
      const value = (next.get(key) ?? 0) + 1;
      next.set(key, value);
      return { write, key, value };
    });
    const number = dead.has(process) && shape.reuses !== true ? 1000 + id : process;
    if (!answered) dead.add(process);
    out.push({ id, process: number, steps, calledAt, startAt, commitAt, returnedAt, answered });
  }
  return out;
}
