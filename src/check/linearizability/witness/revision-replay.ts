// Replays a history in the order of its revisions and judges every answer against the store as it was
// then. Revisions nobody claims are filled with unanswered writes: those that were seen by what they
// wrote, else those that a key needs soonest, and only where several fit a choice is kept to come back to.
// Not here: real time (revision-witness.ts, online-witness.ts). Keeps: a failure without a choice before
// it, or after all choices failed, is a proof; `exact` says when choices were left out.

import { assert } from '../../../base/assert.js';
import type { Micros, Revision } from '../../../base/ids.js';
import type { KvRequest, RequestOp } from '../../../etcdpb/kv.js';
import { answerFrom } from '../models/etcd-answers.js';
import { describeResult, sameKeyValue, sameResult } from '../models/etcd-response.js';
import { answeredStep, isGet } from '../models/etcd-step.js';
import type { EtcdState } from '../models/etcd-store.js';
import { EMPTY_STORE, evaluate, forgetBefore, lookUp, stateAt } from '../models/etcd-store.js';
import { valuesIn } from '../models/ordered-map.js';
import type { EtcdOperation, EtcdRequest, EtcdResult } from '../objects/etcd.js';
import { FREE, KeyEvidence, type Pin, UNLIKELY } from './key-evidence.js';
import type { Levels } from './levels.js';
import { revisionOf } from './place.js';
import { SilentWrites, type Standing } from './silent-writes.js';
import type { WitnessViolation } from './violation.js';
import { answer, type ClientName, request } from './words.js';

export interface ReplayOptions {
  readonly levels: Levels;
  readonly clientName: ClientName;
  /** Whether to keep the order, which is as long as the history. */
  readonly keepsOrder: boolean;
  readonly keepsChoices: boolean;
  /** Whether operations may ask for a revision of the past; may be known later, before the first is replayed. */
  readonly keepsPast: boolean;
}

interface Candidate {
  readonly operation: EtcdOperation;
  readonly after: EtcdState;
  readonly due: number;
}

/** Where several unanswered writes could have made a revision. */
interface Choice {
  readonly revision: Revision;
  readonly state: EtcdState;
  readonly orderCount: number;
  readonly mark: number;
  readonly logAt: number;
  readonly others: Candidate[];
}

const CORE_MAX = 10;

export class RevisionReplay {
  /** Calls of the model's store. */
  steps = 0;
  state: EtcdState = EMPTY_STORE;
  /** The revision replayed last. */
  sealed = 0;
  /** False once a choice was made that leaves out others. */
  exact = true;
  /** Ids placed, but for those that {@link drain} handed out; what follows is not in use. */
  private readonly ids: number[] = [];
  private idsCount = 0;
  /** How many ids have been handed out. */
  private drained = 0;
  readonly silent = new SilentWrites();
  readonly evidence = new KeyEvidence((revision) => this.isClaimed(revision));
  keepsPast: boolean;
  private readonly options: ReplayOptions;
  private readonly levels: Levels;
  private readonly choices: Choice[] = [];
  /** Ids of writes in an order somebody else took down: the first guess where nothing else decides. */
  private readonly log: number[] = [];
  private readonly logPlace = new Map<number, number>();
  private logAt = 0;
  /** The revisions of answered operations in the log. */
  private readonly logRevisions = new Map<number, Revision>();
  /** Puts whose value was seen, with the revision that only they can have made. */
  private readonly reserved = new Map<number, Revision>();
  /** Puts whose value was seen, with the last revision that they among others can have made. */
  private readonly wanted = new Map<number, Revision>();
  /** What is wrong with the alternative that was taken last. */
  private failed: WitnessViolation | null = null;
  private lastFilled = -1;
  /** Operations among the reads of a revision that fit there whatever the store holds. */
  private readonly unchecked = new Set<number>();

  constructor(options: ReplayOptions) {
    this.options = options;
    this.levels = options.levels;
    this.keepsPast = options.keepsPast;
  }

  /** Adds to the log. */
  logged(id: number): void {
    if (this.logPlace.has(id)) return;
    this.logPlace.set(id, this.log.length);
    this.log.push(id);
  }

  /** Says which revision answered an operation that may be in the log. */
  located(id: number, revision: Revision): void {
    if (this.logPlace.has(id)) this.logRevisions.set(id, revision);
  }

  /** An operation among the reads of a revision fits there whatever the store holds. */
  fitsAnywhere(id: number): void {
    this.unchecked.add(id);
  }

  isUnchecked(id: number): boolean {
    return this.unchecked.has(id);
  }

  /** Lets go of what was replayed below `before`; returns from which revision on it may go back. */
  forget(before: Revision): Revision {
    const { levels, unchecked } = this;
    const choice = this.choices[0];
    const held = Math.min(before, this.sealed, choice?.revision ?? Infinity);
    if (held <= levels.lowest) return levels.lowest;
    for (let revision = levels.lowest; unchecked.size > 0 && revision < held; revision++) {
      for (const { id } of levels.reads(revision) ?? []) unchecked.delete(id);
    }
    this.evidence.forget(choice?.revision ?? this.sealed);
    this.silent.settle(choice?.mark);
    return held;
  }

  /** Makes the choices at revisions below `before` irrevocable. */
  settle(before: Revision): void {
    while (this.choices.length > 0 && this.choices[0]!.revision < before) {
      this.choices.shift();
      this.exact = false;
    }
  }

  /** Hands out, in order, the ids placed since the last time whose places no choice can take back. */
  drain(take: (id: number) => void): void {
    const { ids, idsCount } = this;
    const choice = this.choices[0];
    const count = choice === undefined ? idsCount : choice.orderCount - this.drained;
    if (count === 0) return;
    for (let i = 0; i < count; i++) take(ids[i]!);
    ids.copyWithin(0, count, idsCount);
    this.idsCount -= count;
    this.drained += count;
  }

  /** The ids placed, if none has been handed out. */
  order(): number[] {
    assert(this.drained === 0, 'the order is there from its beginning', { drained: this.drained });
    return this.ids.slice(0, this.idsCount);
  }

  /** Whether a member at the revision an answer shows, which has been replayed, would answer so. */
  hasShown(read: EtcdOperation): boolean {
    const then = stateAt(this.state, revisionOf(read));
    if (then === null) return false;
    this.steps++;
    return sameResult(answerFrom(then, read.input), read.output!);
  }

  /** Replays revisions up to `last`; goes back to a choice, at most `retriesMax` times, when one fails. */
  advance(last: Revision, retriesMax: number): WitnessViolation | 'gave-up' | null {
    let retries = 0;
    while (this.sealed < last) {
      const violation = this.seal(this.sealed + 1);
      if (violation === null) continue;
      const choice = this.choices.pop();
      if (choice === undefined) return this.exact ? violation : 'gave-up';
      if (retries++ === retriesMax) return 'gave-up';
      this.takeOther(choice);
    }
    return null;
  }

  private takeOther(choice: Choice): void {
    const next = choice.others.shift()!;
    this.idsCount = choice.orderCount - this.drained;
    this.silent.putBack(choice.mark);
    this.logAt = choice.logAt;
    this.state = choice.state;
    if (choice.others.length > 0) this.choices.push(choice);
    this.fill(next);
    this.sealed = choice.revision - 1;
    const violation = this.verify(choice.revision);
    // Whatever is wrong at this revision is found again when the next choice is asked for.
    if (violation === null) this.sealed = choice.revision;
    else this.failed = violation;
  }

  private seal(revision: Revision): WitnessViolation | null {
    if (this.failed !== null) {
      const violation = this.failed;
      this.failed = null;
      return violation;
    }
    const writer = this.levels.writer(revision);
    if (writer !== null) {
      const violation = this.write(writer, revision);
      if (violation !== null) return violation;
    } else if (revision > 1) {
      const violation = this.fillGap(revision);
      if (violation !== null) return violation;
    }
    const violation = this.verify(revision);
    if (violation === null) {
      this.sealed = revision;
      if (!this.keepsPast) forgetBefore(this.state, this.state.revision);
    }
    return violation;
  }

  private write(writer: EtcdOperation, revision: Revision): WitnessViolation | null {
    if (this.logPlace.size > 0) this.followLog(writer);
    this.steps++;
    const after = answeredStep(this.state, writer.input, writer.output!);
    if (after === undefined || after.revision !== revision) return this.wrong(writer);
    this.state = after;
    this.emit(writer);
    return null;
  }

  /** Puts unanswered operations without effect where the log has them; returns the next one with an effect. */
  private followLog(until: EtcdOperation | null): EtcdOperation | null {
    const { log } = this;
    const end = until === null ? log.length : (this.logPlace.get(until.id) ?? this.logAt);
    while (this.logAt < end) {
      const operation = this.silent.find(log[this.logAt]!);
      if (operation !== null) {
        this.steps++;
        const { state: after } = evaluate(this.state, operation.input);
        if (after.revision > this.state.revision) {
          if (until === null) return operation;
        } else if (operation.outcome === 'ok') {
          // Without an effect it might stand elsewhere, which matters for a compaction only.
          if (after !== this.state) this.exact = false;
          this.silent.take(operation.id);
          this.state = after;
          this.emit(operation);
        }
      } else if (until === null && !this.isBehind(log[this.logAt]!)) return null;
      this.logAt++;
    }
    return null;
  }

  /** True unless the log's next answered operation comes later than the revision to be filled. */
  private isBehind(id: number): boolean {
    return (this.logRevisions.get(id) ?? 0) <= this.sealed;
  }

  private fillGap(revision: Revision): WitnessViolation | null {
    const candidates = this.candidates(revision);
    const [best] = candidates;
    if (best === undefined) return this.noWriter(revision);
    if (candidates.length > 1) {
      if (this.options.keepsChoices) {
        this.choices.push({
          revision,
          state: this.state,
          orderCount: this.drained + this.idsCount,
          mark: this.silent.mark(),
          logAt: this.logAt,
          others: candidates.slice(1),
        });
      } else this.exact = false;
    }
    this.fill(best);
    return null;
  }

  private fill({ operation, after }: Candidate): void {
    this.silent.take(operation.id);
    this.lastFilled = operation.id;
    this.state = after;
    this.emit(operation);
  }

  private candidates(revision: Revision): Candidate[] {
    const deadlineUs = this.levels.deadlineUs(revision);
    const pins = this.evidence.pinsAt(revision);
    const found: Candidate[] = [];
    for (const revoke of this.levels.revokes(revision) ?? [])
      this.consider(revoke, revision, pins, found);
    if (found.length > 0) return found;
    if (this.logPlace.size > 0) {
      const operation = this.followLog(null);
      if (operation !== null && operation.callUs <= deadlineUs) {
        this.consider(operation, revision, pins, found);
      }
    }
    const first = found[0];
    const rest: Candidate[] = [];
    for (const operation of this.possible(deadlineUs, pins)) {
      if (operation !== first?.operation) this.consider(operation, revision, pins, rest);
    }
    rest.sort(
      (a, b) =>
        a.due - b.due || this.rank(a) - this.rank(b) || a.operation.callUs - b.operation.callUs,
    );
    return first === undefined ? rest : [first, ...rest];
  }

  private possible(deadlineUs: Micros, pins: readonly Pin[]): readonly EtcdOperation[] {
    const { evidence, silent } = this;
    const exact = pins.find(({ kv, keysOnly }) => kv !== null && !keysOnly);
    if (exact?.kv != null && !evidence.dependsOnValues) {
      return silent
        .writersOf(exact.key, exact.kv.value)
        .filter(({ id, callUs }) => callUs <= deadlineUs && silent.find(id) !== null);
    }
    if (evidence.dependsOnValues) return silent.allCalledBy(deadlineUs);
    return silent.calledBy(deadlineUs, (put) => this.standing(put));
  }

  private rank({ operation }: Candidate): number {
    return this.standing(operation) === 'plain' ? 0 : 1;
  }

  /** What is known of the value that an unanswered put would write. */
  private standing({ id }: EtcdOperation): Standing {
    const { sealed } = this;
    if ((this.reserved.get(id) ?? 0) > sealed + 1) return 'reserved';
    return (this.wanted.get(id) ?? 0) > sealed + 1 ? 'wanted' : 'plain';
  }

  /** Notes for every observed unclaimed revision who can have made it. */
  reserve(): void {
    const { reserved, wanted } = this;
    reserved.clear();
    wanted.clear();
    for (const [revision, pins] of this.evidence.pinned()) {
      for (const { key, kv, keysOnly } of pins) {
        if (kv === null || keysOnly) continue;
        const writers = this.silent.writersOf(key, kv.value);
        const noted = writers.length === 1 ? reserved : wanted;
        for (const { id } of writers) noted.set(id, Math.max(revision, noted.get(id) ?? 0));
      }
    }
  }

  private consider(
    operation: EtcdOperation,
    revision: Revision,
    pins: readonly Pin[],
    found: Candidate[],
  ): void {
    const before = this.state;
    if (changesNothing(before, operation)) return;
    this.steps++;
    const { state: after } = evaluate(before, operation.input);
    if (after.revision !== revision) return;
    for (const pin of pins) if (!fits(pin, after, revision)) return;
    let due = FREE;
    let unlikely = false;
    for (const key of touched(operation, before)) {
      const was = lookUp(before, key);
      const is = lookUp(after, key);
      if (was === is) continue;
      const outlook = this.evidence.outlook(key, revision, was, is);
      if (outlook < 0) return;
      if (outlook === UNLIKELY) unlikely = true;
      else due = Math.min(due, outlook);
    }
    found.push({ operation, after, due: unlikely ? UNLIKELY : due });
  }

  /** Judges what was answered at a revision, the state being that after its write. */
  private verify(revision: Revision): WitnessViolation | null {
    const { levels } = this;
    const shown = levels.shown(revision);
    if (shown !== null) {
      for (const read of shown) {
        this.steps++;
        const result = answerFrom(this.state, read.input as KvRequest);
        if (!sameResult(result, read.output!)) return this.wrong(read, describeResult(result));
      }
    }
    const revokes = levels.revokes(revision);
    if (revokes !== null) {
      for (const revoke of revokes) {
        if (this.lastFilled === revoke.id) continue;
        const { state: after } = evaluate(this.state, revoke.input);
        if (after.revision !== revision) return this.wrong(revoke, 'deleted keys');
        this.state = after;
        this.emit(revoke);
      }
    }
    const reads = levels.reads(revision);
    return reads === null ? null : this.read(reads, revision);
  }

  private grant(operation: EtcdOperation): void {
    this.steps++;
    const { state, result } = evaluate(this.state, operation.input);
    this.state = state;
    if (result.ok) this.emit(operation);
  }

  private read(reads: readonly EtcdOperation[], revision: Revision): WitnessViolation | null {
    for (const read of reads) {
      const { input } = read;
      if (this.unchecked.size > 0 && this.unchecked.has(read.id)) {
        if (input.kind === 'lease-grant') this.grant(read);
        else this.emit(read);
        continue;
      }
      const output = read.output!;
      const after = answeredStep(this.state, input, output);
      // A value that is as it was seen takes no step.
      if (after === undefined || !showsOne(input, output)) this.steps++;
      if (after === undefined || after.revision !== revision) return this.wrong(read);
      this.state = after;
      this.emit(read);
    }
    return null;
  }

  private emit({ id }: EtcdOperation): void {
    if (this.options.keepsOrder) this.ids[this.idsCount++] = id;
  }

  private isClaimed(revision: Revision): boolean {
    const { levels } = this;
    return revision === 1 || revision < levels.lowest || levels.writer(revision) !== null;
  }

  private wrong(
    operation: EtcdOperation,
    expected = describeResult(evaluate(this.state, operation.input).result),
  ): WitnessViolation {
    const { state } = this;
    const { clientName } = this.options;
    const core = [operation.id];
    const names: string[] = [];
    for (const key of touched(operation, state)) {
      const kv = lookUp(state, key);
      if (kv === null || kv.modRevision < this.levels.lowest) continue;
      const writer = this.levels.writer(kv.modRevision);
      if (writer === null || core.includes(writer.id) || core.length === CORE_MAX) continue;
      core.push(writer.id);
      names.push(`${request(writer, clientName)} wrote revision ${kv.modRevision}`);
    }
    const because = names.length === 0 ? '' : ` (${names.slice(0, 3).join('; ')})`;
    const reason = `${answer(operation, clientName)}, but the store there answers ${expected}${because}`;
    return { kind: 'wrong-value', reason, core };
  }

  private noWriter(revision: Revision): WitnessViolation {
    const { clientName } = this.options;
    const deadlineUs = this.levels.deadlineUs(revision);
    const [pin] = this.evidence.pinsAt(revision);
    const witness = pin?.operation ?? this.firstAfter(revision);
    const seen = witness === null ? '' : `${answer(witness, clientName)}, but `;
    const what = pin?.kv == null ? '' : ` that writes ${pin.key}=${JSON.stringify(pin.kv.value)}`;
    const when = deadlineUs === Infinity ? '' : ` and was called by ${deadlineUs} us`;
    const reason = `${seen}revision ${revision} has no possible writer: no request without an answer${what}${when} fits there`;
    return { kind: 'no-writer', reason, core: witness === null ? [] : [witness.id] };
  }

  private firstAfter(revision: Revision): EtcdOperation | null {
    const { levels } = this;
    for (let r = revision; r <= levels.highest; r++) {
      const operation =
        levels.reads(r)?.[0] ?? levels.shown(r)?.[0] ?? levels.revokes(r)?.[0] ?? levels.writer(r);
      if (operation != null) return operation;
    }
    return null;
  }
}

/** An answer to a read of one key that shows its value. */
function showsOne(input: EtcdRequest, output: EtcdResult): boolean {
  if (!isGet(input) || !output.ok) return false;
  const { response } = output;
  return response.kind === 'range' && response.kvs.length === 1;
}

/** A cheap no before the store is asked. */
function changesNothing(state: EtcdState, { input }: EtcdOperation): boolean {
  if (input.kind === 'compaction') return true;
  if (input.kind === 'delete-range')
    return input.rangeEnd === '' && lookUp(state, input.key) === null;
  if (input.kind !== 'txn' || input.failure.some(({ kind }) => kind !== 'range')) return false;
  return input.compare.some(
    ({ key, rangeEnd, target, result, number }) =>
      rangeEnd === '' &&
      target === 'MOD' &&
      result === 'EQUAL' &&
      (lookUp(state, key)?.modRevision ?? 0) !== number,
  );
}

function fits(pin: Pin, after: EtcdState, revision: Revision): boolean {
  const kv = lookUp(after, pin.key);
  if (kv === null || kv.modRevision !== revision) return false;
  if (pin.creates && kv.createRevision !== revision) return false;
  if (pin.kv === null) return true;
  if (pin.keysOnly) return sameKeyValue({ ...kv, value: '' }, { ...pin.kv, value: '' });
  return sameKeyValue(kv, pin.kv);
}

/** Keys an operation may touch. */
function touched({ input }: EtcdOperation, state: EtcdState): ReadonlySet<string> {
  const keys = new Set<string>();
  const visit = (operation: RequestOp): void => {
    switch (operation.kind) {
      case 'put':
        keys.add(operation.key);
        break;
      case 'range':
      case 'delete-range': {
        const { key, rangeEnd } = operation;
        if (rangeEnd === '') keys.add(key);
        else {
          for (const kv of valuesIn(state.keys, key, rangeEnd === '\0' ? null : rangeEnd))
            keys.add(kv.key);
        }
        break;
      }
      case 'txn':
        for (const { key } of operation.compare) keys.add(key);
        operation.success.forEach(visit);
        operation.failure.forEach(visit);
        break;
      default:
        break;
    }
  };
  if (input.kind === 'lease-revoke' || input.kind === 'lease-expire') {
    for (const kv of valuesIn(state.keys, '', null)) if (kv.lease === input.lease) keys.add(kv.key);
  } else if (input.kind !== 'compaction' && input.kind !== 'lease-grant') {
    visit(input as RequestOp);
  }
  return keys;
}
