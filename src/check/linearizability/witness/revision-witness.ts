// Decides linearizability of an etcd history by the revisions in its answers, without a search: they give
// the order of writes, so real time is one sweep and values are one replay.
// Not here: the replay itself, and the general search that takes over where the conditions do not hold.
//
// Conditions, each checked: every answer has its place by its revision or fits anywhere (so no answer
// says that a revision is compacted or in the future); the store starts empty and never goes back; the
// header of a lease grant counts for nothing. Then writes are forced into the order of revisions, and
// what contradicts it is a proof.

import type { Micros, Revision } from '../../../base/ids.js';
import type { EtcdOperation } from '../models/etcd-model.js';
import { orderWithin } from './level-order.js';
import type { PlaceKind } from './place.js';
import { placeKind, revisionOf } from './place.js';
import { appended, type Level, RevisionReplay } from './revision-replay.js';
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
  private readonly replay: RevisionReplay;
  /** Places of the operations, in the same order. */
  private readonly kinds: PlaceKind[] = [];
  private readonly unplaced: EtcdOperation[] = [];
  private hasLeases = false;
  private hasCompactions = false;
  /** Some operation took effect although nobody saw its answer. */
  private hasUnseen = false;

  constructor(operations: readonly EtcdOperation[], { log, clientName }: WitnessOptions) {
    this.operations = operations;
    this.clientName = clientName ?? nameOfClient;
    this.replay = new RevisionReplay({
      clientName: this.clientName,
      keepsOrder: true,
      keepsChoices: true,
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
    const outcome = this.replay.advance(this.replay.highest, RETRIES_MAX);
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
    const { replay, kinds } = this;
    for (const operation of this.operations) {
      const kind = operation.outcome === 'fail' ? null : placeKind(operation);
      kinds.push(kind ?? 'anywhere');
      if (kind === null) continue;
      if (kind === 'elsewhere') {
        return this.handOn(`the revision in its answer does not place operation ${operation.id}`);
      }
      const { input } = operation;
      if (input.kind.startsWith('lease-')) this.hasLeases = true;
      if (kind === 'silent') {
        if (operation.outcome === 'ok') this.hasUnseen = true;
        replay.silent.add(operation);
        continue;
      }
      const revision = revisionOf(operation);
      if (kind === 'anywhere' || kind === 'grant') {
        this.unplaced.push(operation);
        continue;
      }
      const level = replay.levelAt(revision);
      replay.located(operation.id, revision);
      if (kind === 'shown') {
        level.shown = appended(level.shown, operation);
        this.unplaced.push(operation);
        // The revision shown must have been reached by the time of the answer.
        returned(level, operation);
        continue;
      }
      if (kind === 'write') {
        if (revision === 1) return this.violation(this.beforeFirst(operation));
        if (level.writer !== null)
          return this.violation(twoWriters(level.writer, operation, this.clientName));
        level.writer = operation;
      } else if (kind === 'revoke') level.revokes = appended(level.revokes, operation);
      else level.reads = appended(level.reads, operation);
      if (kind === 'compaction') this.hasCompactions = true;
      returned(level, operation);
    }
    let next = replay.levelAt(Math.max(1, replay.highest));
    for (let revision = replay.highest - 1; revision >= 1; revision--) {
      const level = replay.levelAt(revision);
      if (next.deadlineUs < level.deadlineUs) {
        level.deadlineUs = next.deadlineUs;
        level.deadlineBy = next.deadlineBy;
      }
      next = level;
    }
    return null;
  }

  /** Nobody may be called after an answer that comes later in the order. */
  private checkRealTime(): WitnessViolation | null {
    const { replay, kinds, operations } = this;
    const { highest } = replay;
    for (let i = 0; i < operations.length; i++) {
      const kind = kinds[i]!;
      if (kind === 'anywhere' || kind === 'grant' || kind === 'silent' || kind === 'shown')
        continue;
      const operation = operations[i]!;
      const revision = revisionOf(operation);
      // A revoke may or may not have made its revision.
      const next = kind === 'write' ? revision : revision + 1;
      if (next > highest) continue;
      const { deadlineUs, deadlineBy } = replay.levelAt(next);
      if (operation.callUs > deadlineUs && deadlineBy !== null) {
        return tooLate(operation, deadlineBy, this.clientName);
      }
    }
    return null;
  }

  /** Operations that fit anywhere go where the store is known to be when they are called. */
  private placeAnywhere(): void {
    const { replay } = this;
    for (const operation of this.unplaced) {
      const shown = Math.max(1, placeKindShown(operation));
      let low = shown;
      let high = replay.highest;
      // The lowest revision whose successor nobody had seen before the call.
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (operation.callUs <= replay.levelAt(middle + 1).deadlineUs) high = middle;
        else low = middle + 1;
      }
      replay.place(operation, low);
    }
  }

  /** Within one revision compactions rise, and what reads an old revision comes before its compaction. */
  private orderCompactions(): WitnessViolation | null {
    const { replay } = this;
    for (let revision = 1; revision <= replay.highest; revision++) {
      const level = replay.levelAt(revision);
      const { reads } = level;
      if (reads === null || !reads.some(({ input }) => input.kind === 'compaction')) continue;
      const wrong = orderWithin(reads, (id) => replay.isUnchecked(id), this.clientName);
      if (wrong !== null) return wrong;
    }
    return null;
  }

  private hasGaps(): boolean {
    for (let revision = 2; revision <= this.replay.highest; revision++) {
      if (this.replay.levelAt(revision).writer === null) return true;
    }
    return false;
  }

  /** Not null if two answers about a key contradict each other. */
  private gatherEvidence(): WitnessViolation | null {
    const { replay, operations, kinds } = this;
    for (let i = 0; i < operations.length; i++) {
      const kind = kinds[i];
      const operation = operations[i]!;
      if (kind === 'silent') replay.evidence.addSilent(operation.input);
      else if (kind !== 'anywhere' && kind !== 'grant') {
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
    const order = [...replay.order, ...left.map(({ id }) => id)];
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

function returned(level: Level, operation: EtcdOperation): void {
  if (operation.returnUs >= level.deadlineUs) return;
  level.deadlineUs = operation.returnUs;
  level.deadlineBy = operation;
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
