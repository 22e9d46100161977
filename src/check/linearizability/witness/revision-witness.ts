// Decides linearizability of an etcd history by the revisions in its answers, without a search: they give
// the order of writes, so real time is one sweep and values are one replay.
// Not here: the replay itself, and the general search that takes over where the conditions do not hold.
//
// Conditions, each checked: every answer has its place by its revision or fits anywhere (so no answer
// says that a revision is compacted or in the future); the store starts empty and never goes back; the
// header of a lease grant counts for nothing. Then writes are forced into the order of revisions, and
// what contradicts it is a proof.

import { assert } from '../../../base/assert.js';
import type { Micros, Revision } from '../../../base/ids.js';
import type { EtcdOperation } from '../objects/etcd.js';
import { FixedLevels, type PlacedAnywhere } from './fixed-levels.js';
import { orderWithin, readsPast } from './level-order.js';
import { REVISIONS_MAX } from './levels.js';
import type { PlaceKind } from './place.js';
import { placeKind, revisionOf } from './place.js';
import { RevisionReplay } from './revision-replay.js';
import type { WitnessViolation } from './violation.js';
import { answer, type ClientName, nameOfClient, tooLate, twoWriters, wentBack } from './words.js';

export type WitnessResult =
  | {
      readonly verdict: 'ok';
      readonly steps: number;
      readonly order: readonly number[];
      /** False if the order was not judged in full: with leases, or with effects that nobody saw. */
      readonly judged: boolean;
    }
  | ({ readonly verdict: 'violation'; readonly steps: number } & WitnessViolation)
  /** The conditions do not hold, or choices ran out of budget: no verdict. */
  | { readonly verdict: 'handed-on'; readonly steps: number; readonly reason: string };

export interface WitnessOptions {
  /** Ids of writes in the order of somebody else's log: a first guess, which costs nothing if wrong. */
  readonly log?: readonly number[];
  readonly clientName?: ClientName;
}

/** How often a choice is taken back before the history is handed on. */
const RETRIES_MAX = 2000;

/** Linear in the history; n log n if it is not in call order. */
export function checkByRevision(
  history: readonly EtcdOperation[],
  options: WitnessOptions = {},
): WitnessResult {
  return new RevisionWitness(inCallOrder(history), options).run();
}

class RevisionWitness {
  private readonly operations: readonly EtcdOperation[];
  private readonly clientName: ClientName;
  private readonly levels: FixedLevels;
  private readonly replay: RevisionReplay;
  /** Places of the operations, in the same order; `anywhere` for those that failed. */
  private readonly kinds: PlaceKind[];
  /** The revision of each read, in the same order; 0 for what is none. */
  private readonly readAt: Int32Array;
  /** The revision that was not there yet when each was called, in the same order; 0 for none. */
  private readonly calledBefore: Int32Array;
  private readonly unplaced: EtcdOperation[] = [];
  private hasLeases = false;
  private hasCompactions = false;
  /** Some operation took effect although nobody saw its answer. */
  private hasUnseen = false;

  constructor(operations: readonly EtcdOperation[], { log, clientName }: WitnessOptions) {
    const count = operations.length;
    this.operations = operations;
    this.clientName = clientName ?? nameOfClient;
    this.levels = new FixedLevels(count + 1);
    this.kinds = new Array<PlaceKind>(count);
    this.readAt = new Int32Array(count);
    this.calledBefore = new Int32Array(count);
    this.replay = new RevisionReplay({
      levels: this.levels,
      clientName: this.clientName,
      keepsOrder: true,
      keepsChoices: true,
      keepsPast: false,
    });
    for (const id of log ?? []) this.replay.logged(id);
  }

  run(): WitnessResult {
    const foreign = this.place();
    if (foreign !== null) return foreign;
    const late = this.checkRealTime();
    if (late !== null) return this.violation(late);
    this.placeAnywhere();
    if (this.hasCompactions) {
      const wrong = this.orderCompactions();
      if (wrong !== null) return this.violation(wrong);
    }
    if (this.hasGaps()) {
      const back = this.gatherEvidence();
      if (back !== null) return this.violation(back);
    }
    const outcome = this.replay.advance(this.levels.highest, RETRIES_MAX);
    if (outcome === 'gave-up') return this.handOn('too many ways to fill revisions nobody claims');
    // A lease may be granted later than assumed here, so with leases a mismatch proves nothing.
    if (outcome !== null) {
      return this.hasLeases && outcome.kind !== 'two-writers'
        ? this.handOn(outcome.reason)
        : this.violation(outcome);
    }
    return this.finish();
  }

  /** Sorts every operation to its revision; not null if one has no place there. */
  private place(): WitnessResult | null {
    const { replay, levels, kinds, operations } = this;
    for (let i = 0; i < operations.length; i++) {
      const operation = operations[i]!;
      const kind = operation.outcome === 'fail' ? null : placeKind(operation);
      kinds[i] = kind ?? 'anywhere';
      if (kind === null) continue;
      if (kind === 'elsewhere') {
        return this.handOn(`the revision in its answer does not place operation ${operation.id}`);
      }
      if (isLease(operation)) this.hasLeases = true;
      if (readsPast(operation) < Infinity) replay.keepsPast = true;
      if (kind === 'silent') {
        if (operation.outcome === 'ok') this.hasUnseen = true;
        replay.silent.add(operation);
        continue;
      }
      if (kind === 'anywhere' || kind === 'grant') {
        this.unplaced.push(operation);
        continue;
      }
      const revision = revisionOf(operation);
      if (revision > REVISIONS_MAX) {
        return this.handOn(
          `revision ${revision}, of operation ${operation.id}, is too high to follow`,
        );
      }
      levels.reach(revision, operation.returnUs);
      replay.located(operation.id, revision);
      switch (kind) {
        case 'shown':
          // The revision shown must have been reached by the time of the answer.
          levels.addShown(revision, operation);
          this.unplaced.push(operation);
          break;
        case 'write': {
          if (revision === 1) return this.violation(this.beforeFirst(operation));
          const other = levels.writer(revision);
          if (other !== null) return this.violation(twoWriters(other, operation, this.clientName));
          levels.setWriter(revision, operation);
          this.calledBefore[i] = revision;
          break;
        }
        case 'revoke':
          // It may or may not have made its revision.
          levels.addRevoke(revision, operation);
          this.calledBefore[i] = revision + 1;
          break;
        default:
          if (kind === 'compaction') this.hasCompactions = true;
          this.readAt[i] = revision;
          this.calledBefore[i] = revision + 1;
      }
    }
    levels.spreadDeadlines();
    return null;
  }

  /** Nobody may be called after an answer that comes later in the order. */
  private checkRealTime(): WitnessViolation | null {
    const { levels, calledBefore, operations } = this;
    const { highest } = levels;
    for (let i = 0; i < operations.length; i++) {
      const next = calledBefore[i]!;
      if (next === 0 || next > highest) continue;
      const operation = operations[i]!;
      const deadlineUs = levels.deadlineUs(next);
      if (operation.callUs > deadlineUs) {
        return tooLate(operation, this.returnedAt(deadlineUs, next), this.clientName);
      }
    }
    return null;
  }

  /** Who was told at a time, which is its deadline, of a revision: of the lowest from it on. */
  private returnedAt(deadlineUs: Micros, revision: Revision): EtcdOperation {
    let lowest: EtcdOperation | null = null;
    for (let i = 0; i < this.operations.length; i++) {
      const operation = this.operations[i]!;
      if (operation.returnUs !== deadlineUs || !isPlaced(this.kinds[i]!)) continue;
      const at = revisionOf(operation);
      if (at >= revision && (lowest === null || at < revisionOf(lowest))) lowest = operation;
    }
    assert(lowest !== null, 'a deadline is the return of an operation', { deadlineUs, revision });
    return lowest;
  }

  /** Operations that fit anywhere go where the store is known to be when they are called. */
  private placeAnywhere(): void {
    const { replay, levels } = this;
    const placed = this.unplaced.map((operation): PlacedAnywhere => {
      let low = Math.max(1, placeKindShown(operation));
      let high = levels.highest;
      // The lowest revision whose successor nobody had seen before the call.
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (operation.callUs <= levels.deadlineUs(middle + 1)) high = middle;
        else low = middle + 1;
      }
      replay.fitsAnywhere(operation.id);
      return { operation, revision: low };
    });
    levels.fillReads(this.operations, this.readAt, placed);
  }

  /** Within one revision compactions rise, and what reads an old revision comes before its compaction. */
  private orderCompactions(): WitnessViolation | null {
    const { replay, levels } = this;
    for (let revision = 1; revision <= levels.highest; revision++) {
      const reads = levels.reads(revision);
      if (reads === null || !reads.some(({ input }) => input.kind === 'compaction')) continue;
      const wrong = orderWithin(reads, (id) => replay.isUnchecked(id), this.clientName);
      if (wrong !== null) return wrong;
      levels.reorderReads(revision, reads);
    }
    return null;
  }

  private hasGaps(): boolean {
    for (let revision = 2; revision <= this.levels.highest; revision++) {
      if (this.levels.writer(revision) === null) return true;
    }
    return false;
  }

  /** Not null if two answers about a key contradict each other. */
  private gatherEvidence(): WitnessViolation | null {
    const { replay, operations, kinds } = this;
    for (let i = 0; i < operations.length; i++) {
      const kind = kinds[i]!;
      const operation = operations[i]!;
      if (kind === 'silent') replay.evidence.addSilent(operation.input);
      else if (isPlaced(kind)) {
        const found = replay.evidence.add(operation, kind === 'write');
        if (found !== null) return wentBack(found, this.clientName);
      }
    }
    replay.reserve();
    return null;
  }

  /** What took effect unseen, and made no revision that anyone saw, comes last. */
  private finish(): WitnessResult {
    const { replay } = this;
    const left = replay.silent.unused().filter(({ outcome }) => outcome === 'ok');
    if (left.length > 0) {
      const earliestUs = left.reduce((us, { returnUs }) => Math.min(us, returnUs), Infinity);
      if (this.operations.some(({ callUs, outcome }) => outcome === 'ok' && callUs > earliestUs)) {
        return this.handOn('operations that took effect unseen have no place');
      }
    }
    const order = replay.order();
    for (const { id } of left) order.push(id);
    const judged = !this.hasLeases && !this.hasUnseen;
    return { verdict: 'ok', steps: replay.steps, order, judged };
  }

  private beforeFirst(operation: EtcdOperation): WitnessViolation {
    const reason = `${answer(operation, this.clientName)}, but revision 1 is the empty store's`;
    return { kind: 'two-writers', reason, core: [operation.id] };
  }

  private violation(violation: WitnessViolation): WitnessResult {
    return { verdict: 'violation', steps: this.steps(), ...violation };
  }

  private handOn(reason: string): WitnessResult {
    return { verdict: 'handed-on', steps: this.steps(), reason };
  }

  private steps(): number {
    return this.replay.steps;
  }
}

/** Whether its answer bounds when its revision was there. */
function isPlaced(kind: PlaceKind): boolean {
  return kind !== 'anywhere' && kind !== 'grant' && kind !== 'silent';
}

function isLease({ input: { kind } }: EtcdOperation): boolean {
  return kind === 'lease-grant' || kind === 'lease-revoke' || kind === 'lease-expire';
}

function placeKindShown(operation: EtcdOperation): Revision {
  return placeKind(operation) === 'shown' ? revisionOf(operation) : 1;
}

function inCallOrder(history: readonly EtcdOperation[]): readonly EtcdOperation[] {
  let latestUs: Micros = -Infinity;
  for (const { callUs } of history) {
    if (callUs < latestUs) return [...history].sort((a, b) => a.callUs - b.callUs);
    latestUs = callUs;
  }
  return history;
}
