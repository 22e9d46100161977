// Follows the history of any object while it is made: just-in-time linearization (Lowe 2017) over all that
// may have happened by now. An operation gets its place when it returns, or right before another one that
// returns and needs it; so what has returned is forgotten, and memory is bounded by what is under way. It is
// exponential in that: with too many possibilities it goes blind. Says of every answer, as it comes, whether
// an order explains all so far.
// Not here: registers of unique values, which need no search (online-zones.ts), and orders as evidence.

import type { Micros } from '../../../base/ids.js';
import type { Operation } from '../../history.js';
import type { Model } from '../model.js';
import { type Configuration, Configurations, type Guess, type Passed } from './configurations.js';
import type { Invocation, OnlineChecker, OnlineVerdict } from './online-checker.js';

/** An operation under way, or one that nobody will answer and that may have its effect yet. */
interface Pending<I> extends Invocation<I> {
  /** The number of the event before its call. */
  readonly calledAt: number;
  /** Whatever it answers, it changes nothing. */
  readonly isPure: boolean;
  isForever: boolean;
}

export interface OnlineSearchOptions {
  /** Calls of `Model.step` for one answer, and possibilities kept, before it is `blind`. */
  readonly stepsMax?: number;
  readonly configurationsMax?: number;
}

const STEPS_MAX = 50_000;
const CONFIGURATIONS_MAX = 2000;

export class OnlineSearch<S, I, O> implements OnlineChecker<I, O> {
  verdict: OnlineVerdict = 'watching';
  reason = '';
  steps = 0;
  private readonly model: Model<S, I, O>;
  private readonly stepsMax: number;
  private readonly configurationsMax: number;
  private readonly pending = new Map<number, Pending<I>>();
  private configurations: readonly Configuration<S>[];
  /** Counts returns. */
  private event = 0;

  constructor(model: Model<S, I, O>, options: OnlineSearchOptions = {}) {
    this.model = model;
    this.stepsMax = options.stepsMax ?? STEPS_MAX;
    this.configurationsMax = options.configurationsMax ?? CONFIGURATIONS_MAX;
    this.configurations = [{ state: model.init(), guesses: [], passed: [] }];
  }

  /** How many possibilities are held. */
  get held(): number {
    return this.configurations.length;
  }

  invoke({ id, client, input, callUs }: Invocation<I>): void {
    if (this.verdict !== 'watching') return;
    const isPure = this.model.isPure?.(input, null) === true;
    const call = { id, client, input, callUs, calledAt: this.event, isPure, isForever: false };
    this.pending.set(id, call);
  }

  complete(
    id: number,
    outcome: Operation<I, O>['outcome'],
    output: O | null,
    _returnUs: Micros,
  ): OnlineVerdict {
    const call = this.pending.get(id);
    if (this.verdict !== 'watching' || call === undefined) return this.verdict;
    this.event++;
    if (outcome === 'unknown') this.giveUpWaiting(call);
    else {
      this.pending.delete(id);
      if (outcome === 'fail') this.cancel(call);
      else this.place(call, output);
    }
    return this.verdict;
  }

  finish(): OnlineVerdict {
    return this.verdict;
  }

  /** Nobody will see an answer: the guesses about it need not be compared with one. */
  private giveUpWaiting(call: Pending<I>): void {
    if (call.isPure || this.model.isNeedless?.(call.input) === true) {
      this.pending.delete(call.id);
      this.cancel(call, true);
      return;
    }
    call.isForever = true;
    this.keep(
      this.configurations.map((configuration) => ({
        ...configuration,
        guesses: configuration.guesses.map((guess) =>
          guess.id === call.id ? { id: call.id, between: null } : guess,
        ),
      })),
      call,
      null,
    );
  }

  /** Without the operation, which had no effect; `orAny`: or one that need not be told from none. */
  private cancel(call: Pending<I>, orAny = false): void {
    const { id } = call;
    const left: Configuration<S>[] = [];
    for (const configuration of this.configurations) {
      const guesses = configuration.guesses.filter((guess) => guess.id !== id);
      const wasGuessed = guesses.length < configuration.guesses.length;
      if (!wasGuessed || orAny) left.push({ ...configuration, guesses });
    }
    this.keep(left, call, null);
  }

  /** The operation has had its effect by now, and has answered so. */
  private place(call: Pending<I>, output: O | null): void {
    const stepsEnd = this.steps + this.stepsMax;
    const placed: Configuration<S>[] = [];
    const tried = new Configurations(this.model);
    for (const configuration of this.configurations) {
      this.placeIn(configuration, call, output, placed, tried);
      if (this.steps > stepsEnd || tried.size > this.configurationsMax) {
        this.giveUp();
        return;
      }
    }
    this.keep(placed, call, output);
  }

  private placeIn(
    configuration: Configuration<S>,
    call: Pending<I>,
    output: O | null,
    placed: Configuration<S>[],
    tried: Configurations<S, I, O>,
  ): void {
    const { model } = this;
    const { guesses, passed } = configuration;
    const guess = guesses.find(({ id }) => id === call.id);
    if (guess !== undefined) {
      const { before, after } = guess.between!;
      const next = this.step(before, call.input, output);
      if (next === undefined || !model.equals(next, after)) return;
      placed.push({ ...configuration, guesses: guesses.filter((other) => other !== guess) });
      return;
    }
    // With an answer that leaves the state as it is, it may have had its moment before.
    const mayHaveSeen = ({ state, leftAt }: Passed<S>): boolean => {
      if (leftAt <= call.calledAt) return false;
      const next = this.step(state, call.input, output);
      return next !== undefined && model.equals(next, state);
    };
    if (passed.some(mayHaveSeen)) {
      placed.push(configuration);
      // Unless it always leaves the state as it is, it may as well have changed another one.
      if (model.isPure?.(call.input, output) === true) return;
    }
    // All ways to let others have their effect first, but for those tried from elsewhere.
    const stack = tried.add(configuration) ? [configuration] : [];
    const stepsEnd = this.steps + this.stepsMax;
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const next = this.step(at.state, call.input, output);
      if (next !== undefined) {
        placed.push(call.isPure ? at : { ...this.moved(at, next), guesses: at.guesses });
        // Those that come later can have their effect later.
        if (call.isPure) continue;
      }
      for (const other of this.pending.values()) {
        const moved = this.withEffect(at, other);
        if (moved !== null && tried.add(moved)) stack.push(moved);
      }
      if (this.steps > stepsEnd || tried.size > this.configurationsMax) return;
    }
  }

  /** The configuration after the effect of an operation under way; null if that is nothing to guess. */
  private withEffect(at: Configuration<S>, call: Pending<I>): Configuration<S> | null {
    const { id, input, isPure, isForever } = call;
    if (isPure || at.guesses.some((guess) => guess.id === id)) return null;
    const after = this.step(at.state, input, null);
    if (after === undefined) return null;
    if (this.model.equals(after, at.state)) return null;
    const between = isForever ? null : { before: at.state, after };
    return { ...this.moved(at, after), guesses: withGuess(at.guesses, { id, between }) };
  }

  /** In another state. What was in a state more than once has last been in it. */
  private moved(at: Configuration<S>, state: S): Configuration<S> {
    const { equals } = this.model;
    if (equals(state, at.state)) return { ...at, state };
    const passed = at.passed.filter(
      (other) => !equals(other.state, at.state) && !equals(other.state, state),
    );
    passed.push({ state: at.state, leftAt: this.event });
    return { ...at, state, passed };
  }

  private step(state: S, input: I, output: O | null): S | undefined {
    this.steps++;
    return this.model.step(state, input, output);
  }

  /** Keeps those that no other stands in for, without what nobody under way can have seen. */
  private keep(
    configurations: readonly Configuration<S>[],
    call: Pending<I>,
    output: O | null,
  ): void {
    if (configurations.length === 0) {
      const text = this.model.describeOperation(call.input, output);
      this.verdict = 'violation';
      this.reason = `no order explains operation ${call.id} of client ${call.client} (${text}) with all that was answered before`;
      return;
    }
    let earliest = Infinity;
    for (const { isForever, calledAt } of this.pending.values()) {
      if (!isForever && calledAt < earliest) earliest = calledAt;
    }
    const kept = new Configurations(this.model);
    for (const configuration of configurations) {
      const passed = configuration.passed.filter(({ leftAt }) => leftAt > earliest);
      kept.add({ ...configuration, passed });
    }
    this.configurations = this.withoutSettled([...kept]);
    if (this.configurations.length > this.configurationsMax) this.giveUp();
  }

  /** What had its effect in all that may have happened, and gets no answer, is over. */
  private withoutSettled(configurations: readonly Configuration<S>[]): readonly Configuration<S>[] {
    const [first] = configurations;
    const settled = new Set<number>();
    for (const { id, between } of first?.guesses ?? []) {
      const isSettled = configurations.every(({ guesses }) => guesses.some((own) => own.id === id));
      if (between === null && isSettled) settled.add(id);
    }
    if (settled.size === 0) return configurations;
    for (const id of settled) this.pending.delete(id);
    return configurations.map((configuration) => ({
      ...configuration,
      guesses: configuration.guesses.filter(({ id }) => !settled.has(id)),
    }));
  }

  private giveUp(): void {
    this.verdict = 'blind';
    this.reason = `too much may have happened: ${this.pending.size} operations are under way`;
  }
}

function withGuess<S>(guesses: readonly Guess<S>[], guess: Guess<S>): Guess<S>[] {
  let place = guesses.length;
  while (place > 0 && guesses[place - 1]!.id > guess.id) place--;
  return [...guesses.slice(0, place), guess, ...guesses.slice(place)];
}
