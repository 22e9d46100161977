// Judges a history of any object while it is read. Each independent part of the object has an order of its
// own (Herlihy and Wing 1990, theorem 1), found window by window, and a replay of its own that checks it as it
// grows and shares no code with the finder: `ok` is the word of all replays.
// Memory: for each part a window of its operations, less where there are many; and what has no outcome.
// Not here: finding the order (streamed-part.ts), and proving a violation (check/streamed-judge.ts).

import type { Micros } from '../../../base/ids.js';
import type { Operation } from '../../history.js';
import type { Model } from '../model.js';
import { partOf } from '../proof/weakening.js';
import type { HistoryStream, StreamedVerdict } from './history-stream.js';
import { RunningReplay } from './running-replay.js';
import { type Backlog, type Pruned, StreamedPart } from './streamed-part.js';
import { TimeOrder, type TimeSink, WINDOW, type Window } from './time-order.js';

type Name = string | number;

interface Part<S, I, O> {
  readonly search: StreamedPart<S, I, O>;
  readonly replay: RunningReplay<S, I, O>;
}

export interface StreamedPartsOptions<S, I, O> {
  readonly backlog?: Backlog<S, I, O>;
  readonly pruned?: Pruned<S, I, O>;
  /** Of the order of time. */
  readonly window?: Window;
  /** Answers in the window of one part, and of all parts that have many. */
  readonly answersMax?: number;
  readonly heldMax?: number;
  /** Calls of `Model.step` for one window. */
  readonly stepsMax?: number;
}

const ANSWERS_MAX = 1024;
const ANSWERS_MIN = 64;
const HELD_MAX = 1 << 14;
const STEPS_MAX = 1_000_000;

export class StreamedParts<S, I, O> implements HistoryStream<I, O>, TimeSink<I, O> {
  verdict: StreamedVerdict<I, O> = { kind: 'reading' };
  private readonly model: Model<S, I, O>;
  private readonly options: StreamedPartsOptions<S, I, O>;
  private readonly order: TimeOrder<I, O>;
  /** Where an operation joins parts, all is one, without a name. */
  private parts = new Map<Name | null, Part<S, I, O>>();
  private isWhole = false;
  /** The part that showed the violation. */
  private broken: Name | null = null;
  /** How many answers make a window. */
  private size: number;
  private nowUs: Micros = -Infinity;

  constructor(model: Model<S, I, O>, options: StreamedPartsOptions<S, I, O> = {}) {
    this.model = model;
    this.options = options;
    this.size = options.answersMax ?? ANSWERS_MAX;
    this.order = new TimeOrder(this, options.window ?? WINDOW);
  }

  /** How many operations are held, without those that may take effect at any time. */
  get held(): number {
    let held = 0;
    for (const { search } of this.parts.values()) held += search.held;
    return held;
  }

  add(operation: Operation<I, O>): void {
    const { verdict } = this;
    if (operation.outcome === 'fail') return;
    if (verdict.kind === 'violation' || verdict.kind === 'stuck') {
      if (operation.callUs <= verdict.untilUs) this.addLate(operation, verdict);
    } else if (verdict.kind === 'reading' && !this.order.add(operation)) {
      this.lose(`operation ${operation.id} comes long after those called at its time`);
    }
  }

  finish(): StreamedVerdict<I, O> {
    if (this.verdict.kind === 'reading') this.order.finish();
    let steps = 0;
    let placed = 0;
    for (const [name, { search, replay }] of this.parts) {
      if (this.verdict.kind !== 'reading') return this.verdict;
      this.advance(name, Infinity);
      const wrong = this.verdict.kind === 'reading' ? replay.finish() : null;
      if (wrong !== null) this.lose(wrong);
      steps += search.steps;
      placed += replay.placed;
    }
    if (this.verdict.kind === 'reading') this.verdict = { kind: 'ok', steps, placed };
    return this.verdict;
  }

  call(operation: Operation<I, O>): void {
    if (this.verdict.kind !== 'reading') return;
    this.nowUs = Math.max(this.nowUs, operation.callUs);
    const name = this.isWhole ? null : partOf(this.model, operation.input);
    if (name === null && !this.isWhole && !this.join()) {
      this.lose(`operation ${operation.id} joins parts that were apart`);
      return;
    }
    const part = this.parts.get(name) ?? this.open(name);
    part.replay.add(operation);
    part.search.add(operation);
    if (part.search.isDue(this.size)) this.advance(name, this.nowUs);
  }

  end(): void {}

  /** Makes all parts one; false if an operation of them has its place already. */
  private join(): boolean {
    const parts = [...this.parts.values()];
    if (!parts.every(({ search }) => search.isUntouched)) return false;
    this.isWhole = true;
    this.parts = new Map();
    const { replay, search } = this.open(null);
    const waiting = parts.flatMap((part) => part.search.waiting);
    waiting.sort((a, b) => a.callUs - b.callUs || a.id - b.id);
    for (const operation of waiting) {
      replay.add(operation);
      search.add(operation);
    }
    return true;
  }

  private open(name: Name | null): Part<S, I, O> {
    const { model, options, parts } = this;
    const replay = new RunningReplay(model, name === null ? {} : { part: name });
    const isOnePart = name !== null || model.touches === undefined;
    const { backlog = null, pruned, stepsMax = STEPS_MAX } = options;
    const object = { model, isOnePart, backlog, pruned, stepsMax };
    const search = new StreamedPart<S, I, O>(object, (id) => replay.place(id));
    const part = { search, replay };
    parts.set(name, part);
    const each = Math.floor((options.heldMax ?? HELD_MAX) / parts.size);
    this.size = Math.min(options.answersMax ?? ANSWERS_MAX, Math.max(ANSWERS_MIN, each));
    return part;
  }

  private advance(name: Name | null, nowUs: Micros): void {
    const { search, replay } = this.parts.get(name)!;
    const failure = search.advance(nowUs, this.size);
    if (failure === null) {
      if (replay.wrong !== null) this.lose(replay.wrong);
      return;
    }
    const around = search.surroundings(failure.suspects);
    // What is called at this moment may come yet.
    let untilUs: Micros = nowUs;
    if (nowUs < Infinity) {
      untilUs = -Infinity;
      for (const { returnUs } of search.waiting) {
        if (returnUs < nowUs) untilUs = Math.max(untilUs, returnUs);
      }
    }
    this.broken = name;
    this.verdict = { kind: failure.isRefuted ? 'violation' : 'stuck', untilUs, around };
  }

  /** What may have happened by the moment of a violation, and is told of later. */
  private addLate(
    operation: Operation<I, O>,
    verdict: StreamedVerdict<I, O> & { readonly kind: 'violation' | 'stuck' },
  ): void {
    const { around } = verdict;
    if (around === null) return;
    const name = this.isWhole ? null : partOf(this.model, operation.input);
    if (name !== this.broken) {
      if (name === null) this.verdict = { ...verdict, kind: 'violation', around: null };
      return;
    }
    const operations = [...around.operations, operation];
    this.verdict = { ...verdict, around: { ...around, operations } };
  }

  private lose(why: string): void {
    this.verdict = { kind: 'lost', why };
  }
}
