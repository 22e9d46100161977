// Finds an order of the operations of one part of an object while they are read: window by window, of which
// the first half gets its places for good. What comes later may prove these places wrong; the more so the
// less has been read behind them, so a window does not end with them. An order that is found is none the
// less one; where none is, that is no proof.
// Not here: one window (window-search.ts), the replay of the order (running-replay.ts).

import { assert } from '../../../base/assert.js';
import type { Micros } from '../../../base/ids.js';
import { deadlineUs, type Operation } from '../../history.js';
import type { Model } from '../model.js';
import type { Surroundings } from './history-stream.js';
import type { OnPlaced } from './online-checker.js';
import { isForever } from './time-order.js';
import { searchWindow } from './window-search.js';

/** How much has to be read behind a place before it is one for good, where that depends on the state. */
export interface Backlog<S, I, O> {
  /** How many answers it takes until all that is in the state has been seen. */
  unseen(state: S): number;
  sees(input: I, output: O | null): boolean;
}

/** The model pruned by the operations of a window that starts in `initial`, for the search alone. */
export type Pruned<S, I, O> = (
  operations: readonly Operation<I, O>[],
  initial: S,
) => Model<S, I, O>;

/** What is judged. */
export interface StreamedSubject<S, I, O> {
  readonly model: Model<S, I, O>;
  /** Whether all operations touch the same part of the object. */
  readonly isOnePart: boolean;
  readonly backlog: Backlog<S, I, O> | null;
  readonly pruned: Pruned<S, I, O> | undefined;
  /** Calls of `Model.step` for one window. */
  readonly stepsMax: number;
}

/** Behind a place for good, so many times what is under way is read at least. */
const BEHIND_EACH = 4;
/** So many windows are held for an explanation after their operations have their places. */
const RECENT_WINDOWS = 2;

export class StreamedPart<S, I, O> {
  steps = 0;
  private readonly subject: StreamedSubject<S, I, O>;
  private readonly onPlaced: OnPlaced;
  /** In call order. */
  private unplaced: Operation<I, O>[] = [];
  /** How many of these have an answer or a deadline. */
  private answered = 0;
  /** No window is judged before so many of them have come. */
  private dueAt = 0;
  private state: S;
  /** How many have their places. */
  private placedCount = 0;
  /** Those that got their places last, and all that may have taken effect again later instead. */
  private recent: Operation<I, O>[] = [];
  private readonly placedForever: Operation<I, O>[] = [];
  private forgottenUs: Micros = -Infinity;

  constructor(subject: StreamedSubject<S, I, O>, onPlaced: OnPlaced) {
    this.subject = subject;
    this.onPlaced = onPlaced;
    this.state = subject.model.init();
  }

  /** Whether no operation has its place yet. */
  get isUntouched(): boolean {
    return this.placedCount === 0;
  }

  /** How many operations are held, without those that may take effect at any time. */
  get held(): number {
    return this.answered + this.recent.length;
  }

  get waiting(): readonly Operation<I, O>[] {
    return this.unplaced;
  }

  /** Whether a window of `size` answers has come. */
  isDue(size: number): boolean {
    return this.answered >= Math.max(size, this.dueAt);
  }

  /** Failed operations do not come. They come in call order, but for some that end at no time. */
  add(operation: Operation<I, O>): void {
    const { unplaced } = this;
    let place = unplaced.length;
    while (place > 0 && unplaced[place - 1]!.callUs > operation.callUs) place--;
    unplaced.splice(place, 0, operation);
    if (!isForever(operation)) this.answered++;
  }

  /**
   * Gives what it can their places. All that was called before `nowUs` has come; Infinity: all there is.
   * `size`: of a window. Null, or what to look at if no order was found: `isRefuted` if there is none from the state before.
   */
  advance(
    nowUs: Micros,
    size: number,
  ): { readonly isRefuted: boolean; readonly suspects: readonly number[] } | null {
    const { unplaced: operations, state: initial } = this;
    const { model, pruned, isOnePart, stepsMax } = this.subject;
    const window = { operations, initial, endUs: nowUs, isOnePart };
    const searched = pruned?.(operations, initial) ?? model;
    const answer = searchWindow(searched, window, stepsMax);
    this.steps += answer.steps;
    if (answer.kind !== 'legal') {
      return { isRefuted: answer.kind === 'illegal', suspects: answer.suspects };
    }
    const byId = new Map(operations.map((operation) => [operation.id, operation]));
    const order = answer.ids.map((id) => byId.get(id)!);
    this.place(order, nowUs === Infinity ? 0 : this.behind(nowUs));
    this.forget(RECENT_WINDOWS * size);
    this.dueAt = Math.max(2 * this.answered, this.unplaced.length - this.answered);
    return null;
  }

  surroundings(suspects: readonly number[]): Surroundings<I, O> {
    const { forgottenUs, steps } = this;
    const operations = [...this.placedForever, ...this.recent, ...this.unplaced];
    return { operations, forgottenUs, suspects, steps };
  }

  /** How many operations at the end of an order get no place yet. */
  private behind(nowUs: Micros): number {
    let underWay = 0;
    for (const operation of this.unplaced) {
      if (operation.returnUs >= nowUs && !isForever(operation)) underWay++;
    }
    return Math.max(this.answered >>> 1, BEHIND_EACH * underWay);
  }

  private place(order: readonly Operation<I, O>[], behind: number): void {
    const { model, backlog } = this.subject;
    const most = order.length - behind;
    let unseen = 0;
    if (backlog !== null && behind > 0) {
      for (const operation of order) if (sees(backlog, operation)) unseen++;
    }
    // The last place behind which all that the state holds is seen.
    let state = this.state;
    let count = 0;
    for (let at = 0; at < most; at++) {
      const operation = order[at]!;
      const { id, input, output, outcome } = operation;
      const next = model.step(state, input, outcome === 'ok' ? output : null);
      assert(next !== undefined, 'an order of a window is not legal', { id });
      state = next;
      if (backlog !== null && behind > 0) {
        if (sees(backlog, operation)) unseen--;
        if (backlog.unseen(state) > unseen) continue;
      }
      count = at + 1;
      this.state = state;
    }
    if (count === 0) return;
    const placed = order.slice(0, count);
    const ids = new Set(placed.map(({ id }) => id));
    this.unplaced = this.unplaced.filter(({ id }) => !ids.has(id));
    for (const operation of placed) {
      this.onPlaced(operation.id);
      if (isForever(operation)) this.placedForever.push(operation);
      else {
        this.answered--;
        this.recent.push(operation);
      }
    }
    this.placedCount += count;
  }

  private forget(recentMax: number): void {
    const { recent } = this;
    const count = recent.length - recentMax;
    for (let at = 0; at < count; at++) {
      this.forgottenUs = Math.max(this.forgottenUs, deadlineUs(recent[at]!));
    }
    if (count > 0) this.recent = recent.slice(count);
  }
}

function sees<S, I, O>(
  backlog: Backlog<S, I, O>,
  { input, output, outcome }: Operation<I, O>,
): boolean {
  return backlog.sees(input, outcome === 'ok' ? output : null);
}
