// Searches a legal order for one partition of a history: depth first over just-in-time
// linearizations with a memory of refuted configurations (Wing and Gong 1993, Lowe 2017).
// Not here: partitions, budgets and verdicts (search.ts). Resumable, so that partitions can take turns.
// Keeps: `illegal` only after every configuration was refuted; `legal` only with a complete order.
//
// What keeps it linear on histories that leave little choice:
// - Pure operations are placed once enabled and legal, and never reconsidered: taking one out of any
//   legal order and putting it here changes no state and breaks no real-time edge.
// - A configuration is remembered only when it has been refuted. Those on the current path differ in
//   how many operations they have placed, so none of them could be met again.
// - Operations without an answer have no deadline. They wait in a list of their own and are tried
//   only when no answered operation leads on, the latest called first.
// Where those may take effect any number of times (repeating-search.ts), which of them did no longer tells
// configurations apart.

import { assert } from '../../../base/assert.js';
import type { Operation } from '../../history.js';
import { deadlineUs } from '../../history.js';
import type { Model } from '../model.js';
import { operationWords } from '../operation-words.js';
import type { Stuck } from '../result.js';
import { ConfigurationSet, StateTable } from './configuration-memo.js';

export type Progress = 'open' | 'legal' | 'illegal';

type Unseen = 0 | 1 | 2;
const SEEN: Unseen = 0;
const BY_ANSWERED: Unseen = 1;
const BY_SILENT: Unseen = 2;

const SHOWN = 0;
const HIDDEN = 1;
/** Optional, and not in the order. */
const LEFT_OUT = 2;

type Phase = 'enter' | 'absorb' | 'answered' | 'silent' | 'retreat';

const CANDIDATES_MAX = 8;

export interface PartitionSearchOptions<S, I, O> {
  /** Whether all operations touch the same part of the object. */
  readonly isOnePart: boolean;
  /** Where the object starts; `Model.init` if left out. */
  readonly initial?: S;
  /** Answered operations that may be left out of the order. */
  readonly isOptional?: (operation: Operation<I, O>) => boolean;
  /**
   * Operations of unknown outcome that may take effect any number of times. They must lead to finitely
   * many states. An order then holds some of them more than once.
   */
  readonly isRepeatable?: (operation: Operation<I, O>) => boolean;
  /** How many states there are at most, if that is known: then what changes which is found out once. */
  readonly statesMax?: number;
}

/**
 * One search. Answered operations are numbered from 1 in call order (0 ends the list of those not
 * placed); silent ones, which have neither answer nor deadline, from 0 in call order.
 */
export class PartitionSearch<S, I, O> {
  /** Calls of `Model.step` so far: the unit of budgets, because it is the same on every machine. */
  steps = 0;
  readonly partition: string | number | null;
  private readonly model: Model<S, I, O>;
  private readonly isOnePart: boolean;
  private readonly isOptional: ((operation: Operation<I, O>) => boolean) | null;
  private readonly operations: readonly Operation<I, O>[];

  private readonly answered: readonly Operation<I, O>[];
  private readonly inputs: I[] = [];
  private readonly outputs: (O | null)[] = [];
  private readonly calls: Float64Array;
  private readonly deadlines: Float64Array;
  private readonly pure: Uint8Array;
  /** Operations of one kind act alike and answered alike; 0 for those of no known kind. */
  private readonly kinds: Int32Array;
  /** By kind: the operation to try, and the round in which that was found out. */
  private readonly kindBest: Int32Array;
  private readonly kindRound: Int32Array;
  /** 1 for operations that leave every state the same, whatever it was. */
  private readonly blind: Uint8Array;
  /** 1 for operations that may be left out. */
  private readonly optional: Uint8Array;
  private round = 0;
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private readonly answeredBits: Int32Array;
  private answeredLeft: number;
  /** The highest answered number that is placed. */
  private highest = 0;

  private readonly silent: readonly Operation<I, O>[];
  /** 1 for silent operations that may take effect any number of times. */
  private readonly repeatable: Uint8Array;
  /** By state: the silent operations that change it. Null where there may be many states. */
  private readonly changing: (Int32Array | undefined)[] | null;
  private readonly silentPlaced: Uint8Array;
  private readonly silentBits: Int32Array;
  /** The bits of those silent operations that took effect for certain. */
  private readonly mandatoryBits: Int32Array;
  /** The silent operation that must be used before this one, because it acts alike; -1 for none. */
  private readonly silentBefore: Int32Array;
  private mandatoryLeft = 0;
  /** Needless operations that took effect: having no deadline, they fit at the very end. */
  private readonly lastIds: number[] = [];

  /** Placed operations in order: n for answered n, -1 - n for silent n. */
  private readonly placed: Int32Array;
  /** By position: whether it is hidden by the last blind operation before it, in front of which it belongs. */
  private readonly hidden: Uint8Array;
  private placedCount = 0;

  private phase: Phase = 'enter';
  private state: S;
  /** Operations called later than this wait for an operation that has not been placed. */
  private barrierUs = Infinity;
  /** The operation that made the barrier, or 0. */
  private barrierOperation = 0;
  /** The first operation not placed that has to wait; one past the last if there is none. */
  private firstWaiting = 0;
  private cursor = 0;
  /** `firstWaiting` when the last blind operation was placed: those before it can be hidden by it. */
  private horizon = 0;
  /** Whether the last operation placed is blind, so that nobody has seen its effect yet. */
  private unseen: Unseen = SEEN;

  /** One frame per choice on the current path: what to restore when it is taken back. */
  private depth = 0;
  private readonly frameStates: S[] = [];
  private readonly framePlaced: Int32Array;
  private readonly frameBarriers: Float64Array;
  private readonly frameHighest: Int32Array;
  private readonly frameBarrierOperations: Int32Array;
  private readonly frameWaiting: Int32Array;
  private readonly frameHorizons: Int32Array;
  private readonly frameUnseen: Uint8Array;
  /** As they were right after the choice of this frame. */
  private readonly chosenHighest: Int32Array;
  private readonly chosenHorizons: Int32Array;
  private readonly chosenUnseen: Uint8Array;

  private readonly table: StateTable<S>;
  private readonly refuted: ConfigurationSet;

  private bestCount = -1;
  private readonly bestPlaced: Int32Array;
  private readonly bestHidden: Uint8Array;
  private bestPlacedCount = 0;
  /** Up to here the best order is the current one. */
  private bestShared = 0;
  private bestState: S;

  /** `operations` in call order, without failed ones. O(n). */
  constructor(
    model: Model<S, I, O>,
    operations: readonly Operation<I, O>[],
    partition: string | number | null,
    options: PartitionSearchOptions<S, I, O>,
  ) {
    this.isOnePart = options.isOnePart;
    this.isOptional = options.isOptional ?? null;
    this.model = model;
    this.operations = operations;
    this.partition = partition;
    this.state = options.initial === undefined ? model.init() : options.initial;
    this.bestState = this.state;
    this.table = new StateTable(
      (state) => model.hash(state),
      (a, b) => model.equals(a, b),
    );

    const answered: Operation<I, O>[] = [];
    const silent: Operation<I, O>[] = [];
    // Of repeatable ones that act alike the one called first can do what all can.
    const repeated = new Set<string | number>();
    const isRepeatable = (operation: Operation<I, O>): boolean =>
      operation.outcome === 'unknown' && options.isRepeatable?.(operation) === true;
    for (const operation of operations) {
      assert(operation.outcome !== 'fail', 'failed operations have no place in an order');
      if (isSilent(operation)) {
        if (isRepeatable(operation) && model.operationKey !== undefined) {
          const kind = model.operationKey(operation.input, null);
          if (repeated.has(kind)) continue;
          repeated.add(kind);
        }
        if (model.isNeedless?.(operation.input) !== true) silent.push(operation);
        else if (operation.outcome === 'ok') this.lastIds.push(operation.id);
      } else answered.push(operation);
    }
    this.answered = answered;
    this.silent = silent;

    const count = answered.length;
    this.calls = new Float64Array(count + 1);
    this.deadlines = new Float64Array(count + 1);
    this.pure = new Uint8Array(count + 1);
    this.kinds = new Int32Array(count + 1);
    this.blind = new Uint8Array(count + 1);
    this.optional = new Uint8Array(count + 1);
    this.next = new Int32Array(count + 1);
    this.previous = new Int32Array(count + 1);
    this.answeredBits = new Int32Array((count >>> 5) + 1);
    this.answeredLeft = count;
    const kindCount = this.fillAnswered();
    this.kindBest = new Int32Array(kindCount);
    this.kindRound = new Int32Array(kindCount);

    this.repeatable = Uint8Array.from(silent, (operation) => (isRepeatable(operation) ? 1 : 0));
    this.changing = options.statesMax === undefined ? null : [];
    this.silentPlaced = new Uint8Array(silent.length);
    this.silentBits = new Int32Array((silent.length + 31) >>> 5);
    this.mandatoryBits = new Int32Array(this.silentBits.length);
    this.refuted = new ConfigurationSet(this.silentBits.length);
    this.silentBefore = new Int32Array(silent.length).fill(-1);
    this.fillSilent();

    // Between two others repeatable ones lead from state to state, to none twice.
    const repeats = this.repeatable.includes(1) ? (options.statesMax ?? 0) : 0;
    const choices = (count + silent.length + 1) * (1 + repeats);
    this.placed = new Int32Array(choices);
    this.hidden = new Uint8Array(choices);
    this.bestPlaced = new Int32Array(choices);
    this.bestHidden = new Uint8Array(choices);
    this.framePlaced = new Int32Array(choices);
    this.frameBarriers = new Float64Array(choices);
    this.frameHighest = new Int32Array(choices);
    this.frameBarrierOperations = new Int32Array(choices);
    this.frameWaiting = new Int32Array(choices);
    this.frameHorizons = new Int32Array(choices);
    this.frameUnseen = new Uint8Array(choices);
    this.chosenHighest = new Int32Array(choices);
    this.chosenHorizons = new Int32Array(choices);
    this.chosenUnseen = new Uint8Array(choices);
  }

  /** Searches on for about `stepCount` steps, or to the end. */
  advance(stepCount: number): Progress {
    const stop = this.steps + stepCount;
    while (true) {
      switch (this.phase) {
        case 'enter':
          if (this.enter()) return 'legal';
          break;
        case 'absorb':
          this.chooseAbsorb();
          break;
        case 'answered':
          this.chooseAnswered();
          break;
        case 'silent':
          this.chooseSilent();
          break;
        case 'retreat':
          if (!this.retreat()) return 'illegal';
          break;
      }
      if (this.steps >= stop) return 'open';
    }
  }

  /** The order found, as ids. Meaningful after `legal`. */
  order(): number[] {
    return [...this.idsOf(this.placed, this.hidden, this.placedCount), ...this.lastIds];
  }

  /** What the search remembers, in bytes. */
  get memoryBytes(): number {
    return this.refuted.memoryBytes + this.table.memoryBytes;
  }

  /** Where the search is stuck: in the end if `illegal`, else as far as it has come. */
  stuck(): Stuck {
    const { model, bestState } = this;
    const prefix = this.idsOf(this.bestPlaced, this.bestHidden, this.bestPlacedCount);
    const placedIds = new Set(prefix);
    const open = this.answered.filter(({ id }) => !placedIds.has(id));
    // With every answer explained, what is left is an operation that took effect unseen.
    const mandatory = this.silent.filter(
      ({ id, outcome }) => outcome === 'ok' && !placedIds.has(id),
    );
    const waiting = open.length > 0 ? open : mandatory;
    const first = waiting.reduce((a, b) => (deadlineUs(b) < deadlineUs(a) ? b : a));
    const candidates: { id: number; why: string }[] = [];
    for (const { id, input, output, callUs } of waiting) {
      if (callUs > deadlineUs(first) || candidates.length === CANDIDATES_MAX) break;
      const legal = model.step(bestState, input, output) !== undefined;
      const why = legal ? 'it leads nowhere' : model.explain(bestState, input, output);
      candidates.push({ id, why });
    }
    return {
      partition: this.partition,
      operation: first.id,
      prefix,
      state: model.describeState(bestState),
      candidates,
    };
  }

  /** One sentence that names the stuck operation, with values. */
  reason(): string {
    const stuck = this.stuck();
    const { model, bestState } = this;
    const operation = this.operations.find(({ id }) => id === stuck.operation);
    assert(operation !== undefined, 'the stuck operation is in the history');
    const { input, output } = operation;
    const legal = model.step(bestState, input, output) !== undefined;
    const why = legal
      ? 'whatever follows it contradicts a later answer'
      : model.explain(bestState, input, output);
    const where = this.partition === null ? '' : ` in partition ${String(this.partition)}`;
    return (
      `${operationWords(operation, model.describeOperation)} cannot be placed: ${why}; ` +
      `the longest legal order${where} explains ${this.bestCount} of ${this.answered.length} answers and ends in state ${stuck.state}`
    );
  }

  /** Returns how many kinds of operations there are, the unknown one included. */
  private fillAnswered(): number {
    const { answered, model } = this;
    const count = answered.length;
    const kinds = new Map<string, number>();
    // Index 0 is the list's end; inputs and outputs are shifted to match.
    if (count > 0) {
      this.inputs.push(answered[0]!.input);
      this.outputs.push(null);
    }
    for (let i = 1; i <= count; i++) {
      const operation = answered[i - 1]!;
      this.inputs.push(operation.input);
      this.outputs.push(operation.output);
      this.calls[i] = operation.callUs;
      // Finite, so that there is one that has to come next as long as any is left.
      this.deadlines[i] = Math.min(operation.returnUs, Number.MAX_VALUE);
      if (this.isOptional?.(operation) === true) this.optional[i] = 1;
      if (model.isPure?.(operation.input, operation.output) === true) this.pure[i] = 1;
      else if (model.operationKey !== undefined) {
        const key = `${this.optional[i]} ${model.operationKey(operation.input, operation.output)}`;
        const kind = kinds.get(key) ?? kinds.size + 1;
        kinds.set(key, kind);
        this.kinds[i] = kind;
      }
      if (this.isBlind(operation.input, operation.output)) this.blind[i] = 1;
      this.next[i] = i === count ? 0 : i + 1;
      this.previous[i] = i - 1;
    }
    this.next[0] = count === 0 ? 0 : 1;
    this.previous[0] = count;
    return kinds.size + 1;
  }

  private fillSilent(): void {
    const { silent, model } = this;
    const latest = new Map<string, number>();
    for (let i = 0; i < silent.length; i++) {
      const { input, outcome } = silent[i]!;
      if (outcome === 'ok') {
        this.mandatoryLeft++;
        this.mandatoryBits[i >>> 5]! |= 1 << (i & 31);
      }
      if (model.operationKey === undefined || this.repeatable[i] === 1) continue;
      // Swapping two alike operations in a legal order gives a legal order as long as the one called
      // earlier comes first, so only that order is tried.
      const key = `${outcome} ${model.operationKey(input, null)}`;
      this.silentBefore[i] = latest.get(key) ?? -1;
      latest.set(key, i);
    }
  }

  /** Starts a configuration: places what is pure, and returns true if nothing is left to place. */
  private enter(): boolean {
    const { depth } = this;
    if (depth > 0 && this.refuted.size > 0) {
      this.writeKey();
      if (this.refuted.covers()) {
        this.phase = 'retreat';
        return false;
      }
    }
    if (!this.placePure()) {
      this.phase = 'retreat';
      return false;
    }
    if (this.answeredLeft === 0 && this.mandatoryLeft === 0) return true;
    this.phase = 'absorb';
    return false;
  }

  /** Places all enabled pure operations that are legal; false if one can never be legal again. */
  private placePure(): boolean {
    const { model, next, calls, deadlines, pure, inputs, outputs, state } = this;
    let barrier = Infinity;
    let barrierOperation = 0;
    let i = next[0]!;
    for (; i !== 0 && calls[i]! <= barrier; i = next[i]!) {
      if (pure[i] === 1) {
        this.steps++;
        const input = inputs[i]!;
        const output = outputs[i]!;
        if (model.step(state, input, output) !== undefined) {
          this.placeAnswered(i);
          this.unseen = SEEN;
          continue;
        }
        if (this.optional[i] === 0 && model.expired?.(state, input, output) === true) return false;
      }
      if (deadlines[i]! < barrier) {
        barrier = deadlines[i]!;
        barrierOperation = i;
      }
    }
    this.barrierUs = barrier;
    this.barrierOperation = barrierOperation;
    this.firstWaiting = i === 0 ? this.answered.length + 1 : i;
    return true;
  }

  /**
   * Hides the operation that has to come next behind the last blind one, if it could have been placed
   * right before that one: there nobody can have seen its effect. An optional one is left out.
   */
  private chooseAbsorb(): void {
    this.phase = 'answered';
    this.cursor = this.next[0]!;
    const i = this.barrierOperation;
    if (i === 0) return;
    if (this.optional[i] === 0 && (this.blind[i] === 0 || i >= this.horizon)) return;
    this.steps++;
    this.pushFrame();
    this.hidden[this.placedCount] = this.optional[i] === 1 ? LEFT_OUT : HIDDEN;
    this.placeAnswered(i);
    this.enterWith(this.state);
  }

  /** Tries the answered operations from the cursor on. */
  private chooseAnswered(): void {
    const { model, next, calls, pure, kinds, blind, inputs, outputs, state, barrierUs } = this;
    this.findFirstOfKinds();
    const covered = this.unseen !== SEEN && this.firstWaiting === this.horizon;
    for (let i = this.cursor; i !== 0 && calls[i]! <= barrierUs; i = next[i]!) {
      if (pure[i] === 1) continue;
      if (kinds[i] !== 0 && this.kindBest[kinds[i]!] !== i) continue;
      if (covered && blind[i] === 1) continue;
      this.steps++;
      const after = model.step(state, inputs[i]!, outputs[i]!);
      if (after !== undefined) {
        this.pushFrame();
        this.placeAnswered(i);
        this.note(blind[i] === 1 ? BY_ANSWERED : SEEN, blind[i] === 1);
        this.enterWith(after);
        return;
      }
      if (this.optional[i] === 0 && model.expired?.(state, inputs[i]!, outputs[i]!) === true) {
        this.phase = 'retreat';
        return;
      }
    }
    this.cursor = this.silentCalledBy(barrierUs);
    this.phase = 'silent';
  }

  /**
   * Notes what has just been placed. A blind operation right behind another that nobody has seen yet,
   * and that enabled nothing, is not tried: the first might have been hidden behind the second.
   */
  private note(unseen: Unseen, blind: boolean): void {
    this.unseen = unseen;
    if (blind) this.horizon = this.firstWaiting;
  }

  /**
   * Of enabled operations that are alike, finds the one with the earliest deadline: in a legal order
   * that has another of them first, the two can change places.
   */
  private findFirstOfKinds(): void {
    const { next, calls, deadlines, kinds, kindBest, kindRound, barrierUs } = this;
    const round = ++this.round;
    for (let i = next[0]!; i !== 0 && calls[i]! <= barrierUs; i = next[i]!) {
      const kind = kinds[i]!;
      if (kind === 0) continue;
      if (kindRound[kind] === round && deadlines[kindBest[kind]!]! <= deadlines[i]!) continue;
      kindRound[kind] = round;
      kindBest[kind] = i;
    }
  }

  /** Tries the silent operations from the cursor down. */
  private chooseSilent(): void {
    const { model, silent, silentPlaced, silentBefore, state, answeredLeft } = this;
    // Placing an answered one may have enabled silent ones.
    const covered = this.unseen === BY_SILENT && this.firstWaiting === this.horizon;
    const among = this.changingIn(state);
    for (let at = among === null ? this.cursor : among.length - 1; at >= 0; at--) {
      const i = among === null ? at : among[at]!;
      if (i > this.cursor || silentPlaced[i] === 1) continue;
      const before = silentBefore[i]!;
      if (before >= 0 && silentPlaced[before] === 0) continue;
      const { input, outcome } = silent[i]!;
      if (answeredLeft === 0 && outcome === 'unknown') continue;
      const blind = this.isBlind(input, null);
      if (covered && blind) continue;
      this.steps++;
      const after = model.step(state, input, null);
      if (after === undefined) continue;
      // Without an effect an optional operation is as good as absent, and a mandatory one may as
      // well come last: there nobody is left whom its effect could disturb.
      if (after === state && answeredLeft > 0) continue;
      if (this.repeatable[i] === 1 && this.wasHere(after)) continue;
      this.pushFrame();
      this.placeSilent(i);
      this.note(blind && outcome === 'unknown' ? BY_SILENT : SEEN, blind);
      this.enterWith(after);
      return;
    }
    this.phase = 'retreat';
  }

  /** The silent operations that are not idle in `state`, in call order; null if that is not kept. */
  private changingIn(state: S): Int32Array | null {
    const { changing, model, silent } = this;
    if (changing === null) return null;
    const id = this.table.idOf(state);
    const known = changing[id];
    if (known !== undefined) return known;
    const found: number[] = [];
    for (let i = 0; i < silent.length; i++) {
      const { input, outcome } = silent[i]!;
      this.steps++;
      const after = model.step(state, input, null);
      // What took effect for certain has to be placed, idle or not.
      if (outcome === 'ok' || (after !== undefined && !model.equals(after, state))) found.push(i);
    }
    changing[id] = Int32Array.from(found);
    return changing[id]!;
  }

  /** Whether the repeatable operations that were placed last have led through `state` already. */
  private wasHere(state: S): boolean {
    const { model, placed, repeatable, frameStates } = this;
    if (model.equals(state, this.state)) return true;
    let depth = this.depth;
    for (let at = this.placedCount - 1; at >= 0; at--) {
      const last = placed[at]!;
      if (last > 0 || repeatable[-1 - last] === 0) return false;
      if (model.equals(frameStates[--depth]!, state)) return true;
    }
    return false;
  }

  private pushFrame(): void {
    const { depth } = this;
    this.frameStates[depth] = this.state;
    this.framePlaced[depth] = this.placedCount;
    this.frameBarriers[depth] = this.barrierUs;
    this.frameHighest[depth] = this.highest;
    this.frameBarrierOperations[depth] = this.barrierOperation;
    this.frameWaiting[depth] = this.firstWaiting;
    this.frameHorizons[depth] = this.horizon;
    this.frameUnseen[depth] = this.unseen;
  }

  private enterWith(state: S): void {
    this.chosenHighest[this.depth] = this.highest;
    this.chosenHorizons[this.depth] = this.horizon;
    this.chosenUnseen[this.depth] = this.unseen;
    this.depth++;
    this.state = state;
    this.phase = 'enter';
  }

  /** Gives up the current configuration and goes back to the choice before; false if there is none. */
  private retreat(): boolean {
    const explained = this.answered.length - this.answeredLeft;
    if (explained > this.bestCount) {
      this.bestCount = explained;
      this.bestPlaced.set(this.placed.subarray(this.bestShared, this.placedCount), this.bestShared);
      this.bestHidden.set(this.hidden.subarray(this.bestShared, this.placedCount), this.bestShared);
      this.bestPlacedCount = this.placedCount;
      this.bestShared = this.placedCount;
      this.bestState = this.state;
    }
    if (this.depth === 0) return false;
    const depth = this.depth - 1;
    const base = this.framePlaced[depth]!;
    while (this.placedCount > base + 1) this.unplaceLast();
    this.highest = this.chosenHighest[depth]!;
    this.horizon = this.chosenHorizons[depth]!;
    this.unseen = this.chosenUnseen[depth] as Unseen;
    this.writeKey();
    this.refuted.add();
    const chosen = this.placed[base]!;
    const hidden = this.hidden[base] !== SHOWN;
    this.hidden[base] = SHOWN;
    this.unplaceLast();
    this.depth = depth;
    this.state = this.frameStates[depth]!;
    this.barrierUs = this.frameBarriers[depth]!;
    this.highest = this.frameHighest[depth]!;
    this.barrierOperation = this.frameBarrierOperations[depth]!;
    this.firstWaiting = this.frameWaiting[depth]!;
    this.horizon = this.frameHorizons[depth]!;
    this.unseen = this.frameUnseen[depth] as Unseen;
    this.phase = chosen > 0 ? 'answered' : 'silent';
    if (hidden) this.cursor = this.next[0]!;
    else this.cursor = chosen > 0 ? this.next[chosen]! : -2 - chosen;
    return true;
  }

  /**
   * Everything before the first answered operation that is not placed has been placed, and nothing
   * after the highest placed one: only the words between tell configurations apart.
   */
  private writeKey(): void {
    const { refuted, answeredBits, silentBits, mandatoryBits } = this;
    refuted.begin();
    refuted.word(this.table.idOf(this.state));
    const head = this.next[0]!;
    const first = (head === 0 ? this.answered.length + 1 : head) >>> 5;
    const last = this.highest >>> 5;
    refuted.word(first);
    for (let i = first; i <= last; i++) refuted.word(answeredBits[i]!);
    refuted.word(this.unseen === SEEN ? this.lastCoverable() : -(this.horizon * 2 + this.unseen));
    // What took effect for certain tells configurations apart. Of what may or may not have happened, a
    // configuration that has used less can do all that one can that has used that and more.
    for (let i = 0; i < silentBits.length; i++) {
      if (mandatoryBits[i] !== 0) refuted.word(silentBits[i]! & mandatoryBits[i]!);
    }
    for (let i = 0; i < silentBits.length; i++) refuted.word(silentBits[i]! & ~mandatoryBits[i]!);
  }

  private isBlind(input: I, output: O | null): boolean {
    return this.isOnePart && this.model.isBlind?.(input, output) === true;
  }

  /** The last operation not placed that the last blind one can hide, or 0. */
  private lastCoverable(): number {
    const { next, blind, horizon } = this;
    let last = 0;
    for (let i = next[0]!; i !== 0 && i < horizon; i = next[i]!) if (blind[i] === 1) last = i;
    return last;
  }

  private placeAnswered(i: number): void {
    const { next, previous } = this;
    const before = previous[i]!;
    const after = next[i]!;
    next[before] = after;
    previous[after] = before;
    this.answeredBits[i >>> 5]! |= 1 << (i & 31);
    if (i > this.highest) this.highest = i;
    this.answeredLeft--;
    this.placed[this.placedCount++] = i;
  }

  private placeSilent(i: number): void {
    this.placed[this.placedCount++] = -1 - i;
    if (this.repeatable[i] === 1) return;
    this.silentPlaced[i] = 1;
    this.silentBits[i >>> 5]! |= 1 << (i & 31);
    if (this.silent[i]!.outcome === 'ok') this.mandatoryLeft--;
  }

  /** Takes back the last placed operation; the caller restores `highest`. */
  private unplaceLast(): void {
    const last = this.placed[--this.placedCount]!;
    if (this.placedCount < this.bestShared) this.bestShared = this.placedCount;
    if (last < 0) {
      const i = -1 - last;
      if (this.repeatable[i] === 1) return;
      this.silentPlaced[i] = 0;
      this.silentBits[i >>> 5]! &= ~(1 << (i & 31));
      if (this.silent[i]!.outcome === 'ok') this.mandatoryLeft++;
      return;
    }
    // Its links still name the neighbours it had, which are back in place by now.
    this.next[this.previous[last]!] = last;
    this.previous[this.next[last]!] = last;
    this.answeredBits[last >>> 5]! &= ~(1 << (last & 31));
    this.answeredLeft++;
  }

  /** The last silent operation called at or before `timeUs`, or -1. */
  private silentCalledBy(timeUs: number): number {
    const { silent } = this;
    let low = 0;
    let high = silent.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (silent[middle]!.callUs <= timeUs) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The first `count` placed operations in order, hidden ones in front of the one that hides them. */
  private idsOf(placed: Int32Array, hidden: Uint8Array, count: number): number[] {
    const { answered, silent } = this;
    const ids: number[] = [];
    const behind: number[] = [];
    for (let at = count - 1; at >= 0; at--) {
      const i = placed[at]!;
      const { id, input, output } = i > 0 ? answered[i - 1]! : silent[-1 - i]!;
      if (hidden[at] === LEFT_OUT) continue;
      if (hidden[at] === HIDDEN) {
        behind.push(id);
        continue;
      }
      ids.push(id);
      if (behind.length === 0 || !this.isBlind(input, i > 0 ? output : null)) continue;
      ids.push(...behind);
      behind.length = 0;
    }
    assert(behind.length === 0, 'what is hidden is hidden by something', { behind });
    return ids.reverse();
  }
}

/** True if nobody saw an answer and there is no deadline. */
function isSilent(operation: Operation<unknown, unknown>): boolean {
  return (
    operation.outcome === 'unknown' ||
    (operation.output === null && operation.returnUs === Infinity)
  );
}
