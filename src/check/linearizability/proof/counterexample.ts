// The smallest violation: weakens a history that is not linearizable as far as it stays so, until few
// operations are left, each of which is needed. Every step is a weakening in the sense of weakening.ts,
// and what comes out is proved anew by the verifier's own exhaustive search.
// Not here: words (explanation.ts). Deterministic; the budget is in steps.

import type { Micros } from '../../../base/ids.js';
import type { Operation } from '../../history.js';
import { deadlineUs } from '../../history.js';
import type { Model } from '../model.js';
import type { LinearizabilityResult, Stuck } from '../result.js';
import { checkLinearizable } from '../search.js';
import { exhaust, exhaustRepeating } from './exhaustive.js';
import type { Part } from './proof-rules.js';
import { partOf, seenOf, type Weakening, weakenSeen } from './weakening.js';

export interface CounterexampleOptions {
  /** Calls of `Model.step` in all, before what has been reached is what comes out. */
  readonly stepsMax?: number;
  /**
   * Operations that had returned by then may be missing from the history: a weakening has to start from one
   * that was called later. Default: none is missing.
   */
  readonly forgottenUs?: Micros;
}

type Known = 'core' | 'stuck' | 'steps';

interface Budget {
  readonly stepsMax: number;
  readonly checkStepsMax: number;
  readonly forgottenUs: Micros;
}

const STEPS_MAX = 1_000_000;
/** What was hard to find is hard to make small: so many times the steps of the search, if that is more. */
const STEPS_FACTOR = 8;
/** Up to so many operations all orders are tried; beyond, the search is asked. */
const EXHAUSTIVE_MAX = 12;
const EXHAUSTIVE_STEPS_MAX = 20_000;
/** Operations tried as the start one after another, before the distance doubles. */
const STARTS_NEAR = 24;
/** Steps of one check. What takes more is left as it is: the next step may be easier. */
const CHECK_STEPS_MAX = 50_000;
const CHECK_STEPS_FACTOR = 2;
/** Steps for each operation before anything else is tried: what needs no search takes no more. */
const SOON = 2;
/** So many operations are looked at as the one that cannot be placed. */
const SUSPECTS_MAX = 8;
/** So many effects beside a pair are tried in all orders at once. */
const PAIR_OPTIONAL_MAX = 5;
const ROUNDS_MAX = 4;

/**
 * A weakening of few operations that has no legal order, or null if none was found within the budget.
 * `history` must not be linearizable, as the search's result says; `model` must suit any
 * history. Some ten checks of short histories, and a few of the whole.
 */
export function minimalCounterexample<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  { core, stuck, steps }: Pick<LinearizabilityResult & { verdict: 'violation' }, Known>,
  options: CounterexampleOptions = {},
): Weakening | null {
  const budget = {
    stepsMax: options.stepsMax ?? Math.max(STEPS_MAX, STEPS_FACTOR * steps),
    checkStepsMax: Math.max(CHECK_STEPS_MAX, CHECK_STEPS_FACTOR * steps),
    forgottenUs: options.forgottenUs ?? -Infinity,
  };
  const isComplete = budget.forgottenUs === -Infinity;
  const conflict = (isComplete && model.proof?.conflict?.(history)) || null;
  if (conflict !== null) {
    const all = { parts: null, partition: null, endUs: Infinity, start: null } as const;
    const weakening: Weakening = { ...all, abstract: true, answered: conflict, optional: [] };
    const minimiser = new Minimiser(history, model, null, null, budget);
    if (minimiser.isIllegal(weakening)) return minimiser.shrinkAnswered(weakening);
  }
  const ids = new Set([...core, stuck.operation, ...stuck.candidates.map(({ id }) => id)]);
  const byId = new Map(history.map((operation) => [operation.id, operation]));
  const suspects = Array.from(ids, (id) => byId.get(id)).filter((one) => one !== undefined);
  // What nothing explains comes first in a core, if it is known. Otherwise: what was called last had the
  // most before it that it may contradict.
  const likely = ({ id }: Operation<I, O>): number =>
    id === core[0] || id === stuck.operation ? 0 : 1;
  suspects.sort((a, b) => likely(a) - likely(b) || b.callUs - a.callUs || b.id - a.id);
  const partition = partitionOf(history, model, stuck.operation);
  const few = partition === null ? ofFewParts(history, model, suspects, budget) : null;
  if (few !== null) {
    const found = few.minimise(suspects, core);
    if (found !== null) return found;
  }
  return new Minimiser(history, model, null, partition, budget).minimise(suspects, core);
}

/**
 * Where the object has parts, what the history says of as few of them as are illegal: of those that the
 * suspects are about, or else of all. Null if it has none, or if that could not be found out.
 */
function ofFewParts<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  suspects: readonly Operation<I, O>[],
  budget: Budget,
): Minimiser<S, I, O> | null {
  const rules = model.proof?.parts;
  if (rules === undefined) return null;
  const minimiserOf = (seen: readonly Operation<I, O>[], parts: readonly Part[]) => {
    const partition = suspects[0] === undefined ? null : partitionOf(seen, model, suspects[0].id);
    return new Minimiser(seen, model, parts, partition, budget);
  };
  let stepsLeft = budget.stepsMax;
  const isIllegal = (seen: readonly Operation<I, O>[], parts: readonly Part[]): boolean => {
    if (stepsLeft <= 0) return false;
    const minimiser = minimiserOf(seen, parts);
    const answer = minimiser.isIllegalAtAll();
    stepsLeft -= budget.stepsMax - minimiser.stepsLeft + seen.length;
    return answer;
  };
  for (const operations of [suspects, history]) {
    let best = [...new Set(operations.flatMap((operation) => rules.of(operation)))];
    let seen = seenOf(history, model, best);
    if (!isIllegal(seen, best)) continue;
    for (let size = Math.ceil(best.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < best.length; ) {
        const rest = [...best.slice(0, at), ...best.slice(at + size)];
        // What is said of fewer parts is said by what is said of these.
        const less = seenOf(seen, model, rest);
        if (isIllegal(less, rest)) [best, seen] = [rest, less];
        else at += size;
      }
      if (stepsLeft <= 0) break;
    }
    return minimiserOf(seen, best);
  }
  return null;
}

const NOTHING: Budget = { stepsMax: 0, checkStepsMax: 0, forgottenUs: -Infinity };

/** All of the partition where the search got stuck: what remains to be shown where nothing smaller was found. */
export function wholeHistory<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  stuck: Pick<Stuck, 'operation'>,
): Weakening {
  const partition = partitionOf(history, model, stuck.operation);
  return new Minimiser(history, model, null, partition, NOTHING).until(Number.POSITIVE_INFINITY);
}

/** The partition of an operation, or null if some operation spans several. */
function partitionOf<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  id: number,
): string | number | null {
  let partition: string | number | null = null;
  for (const operation of history) {
    if (operation.outcome === 'fail') continue;
    const own = partOf(model, operation.input);
    if (own === null) return null;
    if (operation.id === id) partition = own;
  }
  return partition;
}

class Minimiser<S, I, O> {
  private readonly history: readonly Operation<I, O>[];
  private readonly model: Model<S, I, O>;
  private readonly parts: readonly Part[] | null;
  private readonly partition: string | number | null;
  /** The operations judged, and the answered ones in the order of their returns. */
  private readonly scope: readonly Operation<I, O>[];
  private readonly returns: readonly Operation<I, O>[];
  /** Of the budget. */
  stepsLeft: number;
  private readonly checkStepsMax: number;
  private readonly forgottenUs: Micros;

  /** `history` says nothing but what it says of `parts`. */
  constructor(
    history: readonly Operation<I, O>[],
    model: Model<S, I, O>,
    parts: readonly Part[] | null,
    partition: string | number | null,
    budget: Budget,
  ) {
    this.model = model;
    this.parts = parts;
    this.partition = partition;
    this.stepsLeft = budget.stepsMax;
    this.checkStepsMax = budget.checkStepsMax;
    this.forgottenUs = budget.forgottenUs;
    this.history = history;
    this.scope = history.filter(
      ({ input, outcome }) =>
        outcome !== 'fail' && (partition === null || partOf(model, input) === partition),
    );
    this.returns = this.scope
      .filter(({ outcome }) => outcome === 'ok')
      .sort((a, b) => a.returnUs - b.returnUs || a.callUs - b.callUs || a.id - b.id);
  }

  /**
   * `likely`: operations that may be the one that cannot be placed, the likeliest first; `core`: ids of
   * those among which the contradiction lies, if known.
   */
  minimise(likely: readonly Operation<I, O>[], core: readonly number[]): Weakening | null {
    const suspects = likely.flatMap(({ id }) => this.scope.find((one) => one.id === id) ?? []);
    for (const suspect of suspects.slice(0, SUSPECTS_MAX)) {
      const pair = this.pair(suspect);
      if (pair !== null) return this.refine(pair);
    }
    if (this.forgottenUs > -Infinity) {
      const last = this.returns.at(-1)?.returnUs ?? Infinity;
      const window = this.latestStart(this.until(last));
      return this.isFounded(window) ? this.refine(window) : null;
    }
    const known = this.among(core);
    if (known !== null) return this.refine(known);
    const first = this.firstEnd(suspects[0] ?? null);
    if (first === null) return null;
    return this.refine(this.latestStart(first));
  }

  private refine(weakening: Weakening): Weakening {
    let best = this.shrinkAnswered(weakening);
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const next = this.closer(best);
      if (next === best) break;
      best = this.shrinkAnswered(next);
    }
    return best;
  }

  isIllegalAtAll(): boolean {
    return this.isIllegal(this.until(Number.POSITIVE_INFINITY));
  }

  isIllegal(weakening: Weakening): boolean {
    if (this.stepsLeft <= 0 || !this.isFounded(weakening)) return false;
    const history = weakening.abstract ? this.history : this.scope;
    const weakened = weakenSeen(history, this.model, weakening);
    if (typeof weakened === 'string') return false;
    const { operations, model } = weakened;
    if (operations.length <= EXHAUSTIVE_MAX) {
      const most = Math.min(EXHAUSTIVE_STEPS_MAX, this.stepsLeft);
      const { linearizable, steps } = exhaust(operations, model, most);
      this.stepsLeft -= steps;
      if (linearizable !== null) return !linearizable;
    }
    const soon = checkLinearizable(operations, model, { stepsMax: SOON * operations.length });
    this.stepsLeft -= soon.steps + operations.length;
    if (soon.verdict !== 'undecided') return soon.verdict === 'violation';
    if (operations.some(({ outcome }) => outcome === 'unknown')) {
      const most = Math.min(EXHAUSTIVE_STEPS_MAX, this.stepsLeft);
      const { linearizable, steps } = exhaustRepeating(operations, model, most);
      this.stepsLeft -= steps + operations.length;
      if (linearizable === false) return true;
    }
    const stepsMax = Math.min(this.stepsLeft, Math.max(this.checkStepsMax, 4 * operations.length));
    const { verdict, steps } = checkLinearizable(operations, model, { stepsMax });
    // Asking costs by itself, so that the budget also ends what takes no step.
    this.stepsLeft -= steps + operations.length;
    return verdict === 'violation';
  }

  /** Whether it leaves out nothing but what is in the history. */
  private isFounded({ start }: Weakening): boolean {
    if (this.forgottenUs === -Infinity) return true;
    const first = this.scope.find(({ id }) => id === start);
    return first !== undefined && first.callUs > this.forgottenUs;
  }

  /** Drops answers, or makes their effects optional, in ever smaller groups, the earliest first. */
  shrinkAnswered(weakening: Weakening): Weakening {
    let best = weakening;
    for (let size = Math.ceil(best.answered.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < best.answered.length; ) {
        if (this.stepsLeft <= 0) return best;
        const group = best.answered.slice(at, at + size);
        const rest = [...best.answered.slice(0, at), ...best.answered.slice(at + size)];
        const next = best.abstract ? { ...best, answered: rest } : this.release(best, rest, group);
        if (this.isIllegal(next)) best = next;
        else at += size;
      }
    }
    return best;
  }

  private among(core: readonly number[]): Weakening | null {
    const answered = this.returns.filter(({ id }) => core.includes(id));
    if (answered.length === 0) return null;
    const ids = answered.map(({ id }) => id);
    const next = this.keep(ids, null, answered.at(-1)!.returnUs);
    return this.isIllegal(next) ? next : null;
  }

  /** One answer against the state that an operation before it left: most violations are no more. */
  private pair(culprit: Operation<I, O>): Weakening | null {
    if (culprit.outcome !== 'ok') return null;
    const { id, callUs, returnUs } = culprit;
    const starts = this.returns.filter(
      (operation) => operation.returnUs < callUs && this.settles(operation),
    );
    for (const start of nearFirst(starts)) {
      const next = this.keep([id], start.id, returnUs);
      if (next.optional.length <= PAIR_OPTIONAL_MAX && this.isIllegal(next)) return next;
    }
    return null;
  }

  /** Everything up to the first return by which the history is no longer linearizable. */
  private firstEnd(stuck: Operation<I, O> | null): Weakening | null {
    const { returns } = this;
    const ends: Micros[] = [];
    for (const { returnUs } of returns) if (returnUs !== ends.at(-1)) ends.push(returnUs);
    if (ends.length === 0) return null;
    let high = stuck === null ? ends.length - 1 : ends.indexOf(deadlineUs(stuck));
    if (high < 0 || !this.isIllegal(this.until(ends[high]!))) {
      high = ends.length - 1;
      const all = this.until(Number.POSITIVE_INFINITY);
      if (!this.isIllegal(all)) return null;
      if (!this.isIllegal(this.until(ends[high]!))) return all;
    }
    // The place where the search got stuck is rarely far behind the first illegal return.
    let low = -1;
    for (let distance = 1; high - distance > low; distance *= 2) {
      if (this.isIllegal(this.until(ends[high - distance]!))) high -= distance;
      else low = high - distance;
    }
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.isIllegal(this.until(ends[middle]!))) high = middle;
      else low = middle;
    }
    return this.until(ends[high]!);
  }

  /** The shortest window before the end that is illegal by itself, whatever was before it. */
  private latestStart(weakening: Weakening): Weakening {
    if (this.model.proof?.settles === undefined) return weakening;
    const starts = this.returns.filter(
      (operation) => operation.returnUs <= weakening.endUs && this.settles(operation),
    );
    for (const start of nearFirst(starts)) {
      const next = this.from(start, weakening.endUs);
      if (next.answered.length > 0 && this.isIllegal(next)) return next;
    }
    return weakening;
  }

  /** Moves start and end as close to the answers as they go. */
  private closer(weakening: Weakening): Weakening {
    const answered = this.returns.filter(({ id }) => weakening.answered.includes(id));
    const endUs = answered.at(-1)?.returnUs ?? weakening.endUs;
    const firstUs = Math.min(...answered.map(({ callUs }) => callUs));
    const kept = answered.map(({ id }) => id);
    const candidates: Weakening[] = [this.keep(kept, weakening.start, endUs)];
    const starts = this.returns.filter(
      (operation) => operation.returnUs < firstUs && this.settles(operation),
    );
    for (const { id } of starts.slice(-STARTS_NEAR)) candidates.push(this.keep(kept, id, endUs));
    // An answer that settles the state may serve as the start of the others.
    for (const operation of answered) {
      if (!this.settles(operation)) continue;
      const others = answered.filter(({ callUs }) => callUs > operation.returnUs);
      if (others.length === answered.length - 1) {
        candidates.push(
          this.keep(
            others.map(({ id }) => id),
            operation.id,
            endUs,
          ),
        );
      }
    }
    let best = weakening;
    for (const candidate of candidates) {
      if (sizeOf(candidate) < sizeOf(best) && this.isIllegal(candidate)) best = candidate;
    }
    return best;
  }

  private settles({ outcome, input, output }: Operation<I, O>): boolean {
    if (outcome !== 'ok' || output === null) return false;
    const hasParts = this.model.partition !== undefined || this.model.touches !== undefined;
    if (hasParts && this.partition === null) return false;
    return this.model.proof?.settles?.(input, output) !== undefined;
  }

  until(endUs: Micros): Weakening {
    const answered = this.returns.filter(({ returnUs }) => returnUs <= endUs);
    return this.keep(
      answered.map(({ id }) => id),
      null,
      endUs,
    );
  }

  private from(start: Operation<I, O>, endUs: Micros): Weakening {
    const answered = this.returns.filter(
      ({ callUs, returnUs }) => returnUs <= endUs && callUs > start.returnUs,
    );
    return this.keep(
      answered.map(({ id }) => id),
      start.id,
      endUs,
    );
  }

  /** As `keep`, where all but `released` were kept before: no choice can come back by itself. */
  private release(
    from: Weakening,
    answered: readonly number[],
    released: readonly number[],
  ): Weakening {
    const among = new Set([...from.optional, ...released]);
    return this.keep(answered, from.start, from.endUs, among);
  }

  /** Keeps these answers, and as options all that may not be left out. */
  private keep(
    answered: readonly number[],
    start: number | null,
    endUs: Micros,
    among: ReadonlySet<number> | null = null,
  ): Weakening {
    const { model, parts, partition, scope } = this;
    const kept = new Set(answered);
    const first = start === null ? null : scope.find(({ id }) => id === start)!;
    const optional = scope.filter((operation) => {
      const { id, input, output, outcome, callUs } = operation;
      if (kept.has(id) || id === start || callUs > endUs) return false;
      if (among !== null && !among.has(id)) return false;
      if (first !== null && deadlineUs(operation) < first.callUs) return false;
      const answer = outcome === 'ok' ? output : null;
      if (model.isPure?.(input, answer) === true) return false;
      return answer !== null || model.isNeedless?.(input) !== true;
    });
    const demands = scope.filter(({ id }) => kept.has(id));
    const unseen = model.proof?.unseen?.(optional, demands);
    const left = optional.filter(({ id }) => unseen?.has(id) !== true);
    return {
      abstract: false,
      parts,
      partition,
      endUs,
      start,
      answered,
      optional: left.map(({ id }) => id),
    };
  }
}

/** From the last on, one by one and then in ever longer strides. */
function* nearFirst<T>(items: readonly T[]): Generator<T> {
  let stride = 1;
  for (let at = items.length - 1; at >= 0; at -= stride) {
    yield items[at]!;
    if (items.length - at > STARTS_NEAR) stride *= 2;
  }
}

function sizeOf({ answered, optional, start }: Weakening): number {
  return answered.length + optional.length + (start === null ? 0 : 1);
}
