// The revision witness while a history is being made: real time and contradictions about one key are
// judged at the answer that shows them, values as soon as no open operation can still touch their revision.
// Memory is bounded by the revisions between the oldest open operation and now, the keys that live, and
// the writes without an answer.
// Not here: whole histories (revision-witness.ts), which stay the authority for `ok`.

import { assert } from '../../../base/assert.js';
import type { Micros, Revision } from '../../../base/ids.js';
import type { Outcome } from '../../../base/trace.js';
import type { EtcdState } from '../models/etcd-store.js';
import { forgetBefore } from '../models/etcd-store.js';
import type { EtcdOperation, EtcdRequest, EtcdResult } from '../objects/etcd.js';
import type {
  Invocation,
  OnlineChecker,
  OnlineVerdict,
  OnPlaced,
} from '../online/online-checker.js';
import { orderWithin, readsPast } from './level-order.js';
import { REVISIONS_MAX } from './levels.js';
import { MovingLevels } from './moving-levels.js';
import { OpenCalls } from './open-calls.js';
import { placeKind, revisionOf } from './place.js';
import { RevisionReplay } from './revision-replay.js';
import type { WitnessViolation } from './violation.js';
import { type ClientName, nameOfClient, tooLate, twoWriters, wentBack } from './words.js';

export interface OnlineOptions {
  readonly clientName?: ClientName;
  /** How many revisions of the past stay readable. Default: all. */
  readonly pastRevisionsMax?: number;
  /**
   * Told of operations in an order that explains the history so far, each as soon as its place is settled.
   * With it a wrong guess about a write without answer is taken back, as long as it is recent.
   */
  readonly onPlaced?: OnPlaced;
}

/** Without a log, how many revisions to wait for somebody to see what a revision nobody claims wrote. */
const LOOKAHEAD_REVISIONS = 256;
/** How many replayed revisions gather before they are let go. */
const FORGET_REVISIONS = 1024;
/** How many revisions a guess about a write without answer may be taken back, and how often in a row. */
const GUESS_REVISIONS = 512;
const RETRIES_MAX = 2000;

export class OnlineWitness implements OnlineChecker<EtcdRequest, EtcdResult> {
  verdict: OnlineVerdict = 'watching';
  violation: WitnessViolation | null = null;
  reason = '';
  private readonly clientName: ClientName;
  private readonly pastRevisionsMax: number;
  private readonly onPlaced: OnPlaced | null;
  private readonly levels = new MovingLevels();
  private readonly replay: RevisionReplay;
  private readonly calls = new OpenCalls();
  /** The highest revision answered, and by whom. */
  private floor: Revision = 1;
  private floorBy: EtcdOperation | null = null;
  /** The highest revision seen in any way. */
  private reached: Revision = 0;
  private forgotten: Revision = 0;
  private pastFrom: Revision = 0;
  private markedPast: EtcdState | null = null;
  private hasLog = false;

  constructor({ clientName, pastRevisionsMax, onPlaced }: OnlineOptions = {}) {
    this.clientName = clientName ?? nameOfClient;
    this.pastRevisionsMax = pastRevisionsMax ?? Infinity;
    assert(this.pastRevisionsMax > GUESS_REVISIONS, 'a guess goes back further than the past', {
      pastRevisionsMax: this.pastRevisionsMax,
      guessRevisions: GUESS_REVISIONS,
    });
    this.onPlaced = onPlaced ?? null;
    this.replay = new RevisionReplay({
      levels: this.levels,
      clientName: this.clientName,
      keepsOrder: this.onPlaced !== null,
      keepsChoices: this.onPlaced !== null,
      keepsPast: true,
    });
    this.reach(1, null, Infinity);
  }

  /** Calls of the model's store. */
  get steps(): number {
    return this.replay.steps;
  }

  /** How many revisions are held. */
  get windowSize(): number {
    return this.reached - this.levels.lowest + 1;
  }

  /** An operation was sent. Calls come in the order of time, as do answers. */
  invoke(invocation: Invocation<EtcdRequest>): void {
    if (this.verdict !== 'watching') return;
    this.calls.add(invocation, this.floor, this.floorBy);
  }

  /** A write's place in somebody else's log is known: the first guess if nobody else says. */
  logged(id: number): void {
    this.hasLog = true;
    this.replay.logged(id);
  }

  /** An operation has ended, or will not be waited for. */
  complete(
    id: number,
    outcome: Outcome,
    output: EtcdResult | null,
    returnUs: Micros,
  ): OnlineVerdict {
    if (this.verdict !== 'watching') return this.verdict;
    const { calls } = this;
    const number = calls.numberOf(id);
    if (number === null) return this.verdict;
    const call = calls.call(number);
    const floor = calls.floor(number);
    const floorBy = calls.floorBy(number);
    calls.end(number);
    if (outcome !== 'fail') {
      this.take(operationOf(call, outcome, output, returnUs), floor, floorBy, returnUs);
    }
    if (this.verdict === 'watching') this.advance();
    return this.verdict;
  }

  /** No more operations will come: judges what is left. Open ones count as unanswered. */
  finish(): OnlineVerdict {
    for (const id of this.calls.ids()) this.complete(id, 'unknown', null, Infinity);
    if (this.verdict === 'watching') this.sealThrough(this.reached);
    if (this.verdict === 'watching' && this.onPlaced !== null) this.placeRest(this.onPlaced);
    return this.verdict;
  }

  /** What certainly took effect, but was seen by nobody, comes last. */
  private placeRest(onPlaced: OnPlaced): void {
    const { replay } = this;
    replay.settle(Infinity);
    replay.drain(onPlaced);
    for (const { id, outcome } of replay.silent.unused()) if (outcome === 'ok') onPlaced(id);
  }

  private take(
    operation: EtcdOperation,
    floor: Revision,
    floorBy: EtcdOperation | null,
    nowUs: Micros,
  ): OnlineVerdict {
    const { replay, levels } = this;
    const kind = placeKind(operation);
    if (operation.input.kind.startsWith('lease-'))
      return this.giveUp('leases are not followed online');
    if (kind === 'elsewhere') {
      return this.giveUp(`the revision in its answer does not place operation ${operation.id}`);
    }
    if (kind === 'anywhere' || kind === 'grant') {
      this.placeFrom(floor, operation);
      return this.verdict;
    }
    if (kind === 'silent') {
      replay.silent.add(operation);
      replay.evidence.addSilent(operation.input);
      return this.verdict;
    }
    const revision = revisionOf(operation);
    if (revision - levels.lowest >= REVISIONS_MAX) {
      return this.giveUp(
        `revision ${revision}, of operation ${operation.id}, is too high to follow`,
      );
    }
    if (this.pastFrom > 0 && readsPast(operation) < this.pastFrom) {
      return this.giveUp('a read of a revision that is no longer held');
    }
    if (kind === 'shown') {
      if (revision <= replay.sealed && !replay.hasShown(operation)) {
        return this.giveUp(
          'the store of the past that is held does not answer a serializable read so',
        );
      }
      this.reach(revision, operation, nowUs);
      if (revision >= levels.lowest) levels.addShown(revision, operation);
      this.placeFrom(Math.max(floor, revision), operation);
      return this.verdict;
    }
    const writes = kind === 'write';
    if (writes ? revision <= floor : revision < floor) {
      if (floorBy === null) return this.giveUp('a write at the revision of the empty store');
      return this.fail(tooLate(operation, floorBy, this.clientName));
    }
    const next = writes ? revision : revision + 1;
    if (next <= this.reached) {
      const deadlineBy = levels.deadlineBy(next);
      if (operation.callUs > levels.deadlineUs(next) && deadlineBy !== null) {
        return this.fail(tooLate(operation, deadlineBy, this.clientName));
      }
    }
    this.reach(revision, operation, nowUs);
    if (writes) {
      const other = levels.writer(revision);
      if (other !== null) return this.fail(twoWriters(other, operation, this.clientName));
      levels.setWriter(revision, operation);
    } else levels.addRead(revision, operation);
    replay.located(operation.id, revision);
    if (revision > this.floor) {
      this.floor = revision;
      this.floorBy = operation;
    }
    const contradiction = replay.evidence.add(operation, writes);
    return contradiction === null
      ? this.verdict
      : this.fail(wentBack(contradiction, this.clientName));
  }

  /** Puts an operation that fits anywhere into the order, where nobody had seen a later revision before its call. */
  private placeFrom(from: Revision, operation: EtcdOperation): void {
    if (this.onPlaced === null) return;
    const { levels } = this;
    let revision = from;
    while (revision < this.reached && operation.callUs > levels.deadlineUs(revision + 1)) {
      revision++;
    }
    this.replay.fitsAnywhere(operation.id);
    levels.addRead(revision, operation);
  }

  /** Somebody has seen this revision by now: what made it and those before it had been called. */
  private reach(revision: Revision, by: EtcdOperation | null, nowUs: Micros): void {
    while (this.reached < revision) {
      this.levels.add(nowUs, by);
      this.reached++;
    }
  }

  private advance(): void {
    // An open operation may yet be answered at the revision it was called at, but at none below.
    this.sealThrough((this.calls.oldestFloor ?? this.floor) - 1);
    if (this.onPlaced !== null && this.verdict === 'watching') this.replay.drain(this.onPlaced);
  }

  private sealThrough(last: Revision): OnlineVerdict {
    const { replay, levels } = this;
    while (replay.sealed < last && this.verdict === 'watching') {
      const revision = replay.sealed + 1;
      if (levels.writer(revision) === null && revision > 1 && !this.hasLog) {
        const far = this.reached - revision >= LOOKAHEAD_REVISIONS || last === this.reached;
        if (!far && replay.evidence.pinsAt(revision).length === 0) return this.verdict;
        replay.reserve();
      }
      const reads = levels.reads(revision);
      if (reads !== null && reads.length > 1) {
        if (reads.some(({ input }) => input.kind === 'compaction')) {
          const isUnchecked = (id: number): boolean => replay.isUnchecked(id);
          const wrong = orderWithin(reads, isUnchecked, this.clientName);
          if (wrong !== null) return this.fail(wrong);
        }
      }
      const outcome = replay.advance(revision, this.onPlaced === null ? 0 : RETRIES_MAX);
      if (outcome === 'gave-up')
        return this.giveUp('a guess about a write without answer was wrong');
      if (outcome !== null) return this.fail(outcome);
      replay.settle(revision - GUESS_REVISIONS);
      if (revision - this.forgotten >= FORGET_REVISIONS) this.forget(revision);
    }
    return this.verdict;
  }

  private forget(revision: Revision): void {
    this.levels.forget(this.replay.forget(revision));
    this.forgotten = revision;
    if (this.pastRevisionsMax === Infinity) return;
    if (this.markedPast !== null && revision - this.markedPast.revision < this.pastRevisionsMax)
      return;
    const { state } = this.replay;
    const mark = this.markedPast;
    if (mark !== null) {
      forgetBefore(state, mark.revision);
      this.pastFrom = mark.revision;
    }
    this.markedPast = state;
  }

  private fail(violation: WitnessViolation): OnlineVerdict {
    this.verdict = 'violation';
    this.violation = violation;
    this.reason = violation.reason;
    return this.verdict;
  }

  private giveUp(reason: string): OnlineVerdict {
    this.verdict = 'blind';
    this.reason = reason;
    return this.verdict;
  }
}

/** The operation that a call became. One that was told of as a whole is taken as it is. */
function operationOf(
  call: Invocation<EtcdRequest>,
  outcome: Outcome,
  output: EtcdResult | null,
  returnUs: Micros,
): EtcdOperation {
  if (outcome === 'ok' && output !== null) {
    const whole = call as EtcdOperation;
    if (whole.output === output && whole.returnUs === returnUs && whole.outcome === outcome) {
      return whole;
    }
    const { id, client, input, callUs } = call;
    return { id, client, input, output, callUs, returnUs, outcome };
  }
  const { id, client, input, callUs } = call;
  return { id, client, input, output: null, callUs, returnUs: Infinity, outcome };
}
