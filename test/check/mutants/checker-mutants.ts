// Bugs that checkers of histories have had or could have, each planted by replacing text of the source.

import type { Change } from '../../mutants/mutant.js';
import type { CheckName } from './battery.js';
import { ISOLATION_MUTANTS } from './isolation-mutants.js';
import type { Look } from './killing.js';

export interface CheckerMutant {
  readonly id: string;
  /** What goes wrong, in one sentence. */
  readonly bug: string;
  readonly changes: readonly Change[];
  readonly look: Look;
}

const SEARCH = 'check/linearizability/general/partition-search.ts';
const MEMO = 'check/linearizability/general/configuration-memo.ts';
const REPLAY = 'check/linearizability/replay.ts';
const WITNESS = 'check/linearizability/witness';
const PROOF = 'check/linearizability/proof';
const ORDERING = 'check/linearizability/ordering';
const ZONES = 'check/linearizability/zones';
const ONLINE = 'check/linearizability/online';
const RUNNING = `${ONLINE}/running-replay.ts`;
const ONLINE_SEARCH = `${ONLINE}/online-search.ts`;
const CONFIGURATIONS = `${ONLINE}/configurations.ts`;
const ONLINE_ZONES = `${ONLINE}/online-zones.ts`;
const PART = `${ONLINE}/streamed-part.ts`;
const PARTS = `${ONLINE}/streamed-parts.ts`;
const WINDOW = `${ONLINE}/window-search.ts`;

/** Where a bug in a file shows soonest. */
function firstOf(file: string): CheckName {
  if (file === REPLAY || file === RUNNING) return 'orders';
  if (file.startsWith(PROOF)) return 'proofs';
  if (file === ONLINE_SEARCH || file === CONFIGURATIONS || file === ONLINE_ZONES) return 'online';
  if (file === PART || file === PARTS || file === WINDOW) return 'parts';
  if (file.startsWith(ORDERING) || file.startsWith(`${ZONES}/grow`)) return 'decided';
  return file.startsWith(ONLINE) || file.endsWith('online-witness.ts') ? 'streams' : 'verdicts';
}

function one(
  id: string,
  bug: string,
  file: string,
  find: string,
  replace: string,
  subject = 'register',
): CheckerMutant {
  return {
    id,
    bug,
    changes: [{ file, find, replace }],
    look: { battery: 'battery', first: firstOf(file), subject },
  };
}

/** One of what the search leaves untried, which shows where answers are rare. */
function unanswered(
  id: string,
  bug: string,
  file: string,
  find: string,
  replace: string,
  subject = 'unanswered writes',
): CheckerMutant {
  return one(id, bug, file, find, replace, subject);
}

const REPEATING = 'check/linearizability/general/repeating-search.ts';
const repeating: readonly CheckerMutant[] = (
  [
    [
      'repeated-effects-believed',
      'An order in which what happened once at most happens twice is taken for legal',
      REPEATING,
      'if (overused.size === 0) {',
      'if (overused.size >= 0) {',
    ],
    [
      'repeated-before-the-call',
      'An effect is owed to an operation that was called after it',
      REPEATING,
      'if (next !== undefined && next.callUs <= barriers[at]!) return next.id;',
      'if (next !== undefined) return next.id;',
    ],
    [
      'repeated-only-once',
      'What may be repeated leads to no second state, so that orders are overlooked',
      SEARCH,
      'if (this.repeatable[i] === 1 && this.wasHere(after)) continue;',
      'if (this.repeatable[i] === 1 && this.unseen === BY_SILENT) continue;',
    ],
    [
      'repeated-by-the-last-called',
      'Of operations that act alike the one called last stands for all',
      SEARCH,
      'if (repeated.has(kind)) continue;',
      'if (!repeated.has(kind) && operations.filter((o) => isRepeatable(o) && model.operationKey!(o.input, null) === kind).at(-1) !== operation) continue;',
    ],
    [
      'changes-of-another-state',
      'What changes one state is taken for what changes any',
      SEARCH,
      'const id = this.table.idOf(state);\n    const known',
      'const id = 0;\n    const known',
    ],
    [
      'window-states-forgotten',
      'A window is judged from the first state alone',
      'check/linearizability/general/window.ts',
      'for (const initial of [model.init(), ...states]) {',
      'for (const initial of [model.init()]) {',
    ],
    [
      'proof-without-repeated-effects',
      'A proof that lets effects be repeated leaves them out',
      `${PROOF}/exhaustive.ts`,
      'else meet(placed, key, answered, less);',
      '',
    ],
    [
      'proof-of-one-state',
      'A proof that lets effects be repeated knows one state for each set of operations',
      `${PROOF}/exhaustive.ts`,
      'if (states.some((other) => model.equals(other, state))) return;',
      'if (states.length > 0) return;',
    ],
  ] as const
).map(([id, bug, file, find, replace]) => ({
  ...{ id, bug, changes: [{ file, find, replace }] },
  look: { battery: 'battery', first: 'repeating' },
}));

export const CHECKER_MUTANTS: readonly CheckerMutant[] = [
  // The search.
  one(
    'reads-ignore-real-time',
    'A read is placed before operations that had returned before it was called',
    SEARCH,
    'for (; i !== 0 && calls[i]! <= barrier; i = next[i]!) {',
    'for (; i !== 0; i = next[i]!) {',
  ),
  one(
    'writes-ignore-real-time',
    'A write is placed before operations that had returned before it was called',
    SEARCH,
    'for (let i = this.cursor; i !== 0 && calls[i]! <= barrierUs; i = next[i]!) {',
    'for (let i = this.cursor; i !== 0; i = next[i]!) {',
  ),
  one(
    'deadline-ignored',
    'An operation may take effect after its return',
    SEARCH,
    'this.deadlines[i] = Math.min(operation.returnUs, Number.MAX_VALUE);',
    'this.deadlines[i] = Infinity;',
  ),
  one(
    'memo-without-state',
    'Configurations with the same operations placed are taken for one, whatever the state',
    SEARCH,
    'refuted.word(this.table.idOf(this.state));',
    'refuted.word(0);',
  ),
  one(
    'unknown-outcome-dropped',
    'An operation of unknown outcome is taken for one that never happened',
    SEARCH,
    'if (model.isNeedless?.(operation.input) !== true) silent.push(operation);',
    "if (operation.outcome === 'ok' && model.isNeedless?.(operation.input) !== true) silent.push(operation);",
  ),
  one(
    'unknown-outcome-forced',
    'An operation of unknown outcome has to take effect',
    SEARCH,
    "if (outcome === 'ok') {\n        this.mandatoryLeft++;",
    "this.mandatoryLeft++;\n      if (outcome === 'ok') {",
  ),
  one(
    'unseen-effect-forgotten',
    'An operation that took effect with its answer lost may be left out',
    SEARCH,
    'if (this.answeredLeft === 0 && this.mandatoryLeft === 0) return true;',
    'if (this.answeredLeft === 0) return true;',
  ),
  one(
    'later-deadline-first',
    'Of operations that act alike the one with the later deadline is tried alone',
    SEARCH,
    'deadlines[kindBest[kind]!]! <= deadlines[i]!) continue;',
    'deadlines[kindBest[kind]!]! >= deadlines[i]!) continue;',
    'set',
  ),
  one(
    'hidden-by-an-earlier-write',
    'A write is hidden behind another that was placed before it could have been',
    SEARCH,
    '(this.blind[i] === 0 || i >= this.horizon)) return;',
    '(this.blind[i] === 0 || this.horizon === 0)) return;',
  ),
  one(
    'dominance-over-seen-writes',
    'A write is not tried behind another whose effect had to happen',
    SEARCH,
    'const covered = this.unseen !== SEEN && this.firstWaiting === this.horizon;',
    'const covered = this.firstWaiting === this.horizon;',
  ),
  one(
    'blind-across-parts',
    'A write to one part of the object hides writes to others',
    SEARCH,
    'return this.isOnePart && this.model.isBlind',
    'return this.model.isBlind',
    'set',
  ),
  one(
    'budget-reads-as-ok',
    'A history that the budget did not suffice for is taken for linearizable',
    'check/linearizability/search.ts',
    'if (steps >= stepsMax) {',
    "if (steps >= stepsMax) return { verdict: 'ok', steps, orders: [] };\n      if (steps < 0) {",
  ),
  // Dominance: what need not be tried where outcomes are unknown or nobody saw an effect.
  unanswered(
    'dominance-without-horizon',
    'A write is not tried behind another that nobody saw, though the first enabled more to be placed',
    SEARCH,
    'const covered = this.unseen !== SEEN && this.firstWaiting === this.horizon;',
    'const covered = this.unseen !== SEEN;',
  ),
  unanswered(
    'dominance-by-answered-writes',
    'A write without an answer is not tried behind an answered one, which may have enabled it',
    SEARCH,
    'const covered = this.unseen === BY_SILENT && this.firstWaiting === this.horizon;',
    'const covered = this.unseen !== SEEN && this.firstWaiting === this.horizon;',
  ),
  unanswered(
    'dominance-of-certain-effects',
    'A write that took effect with its answer lost is taken for one that may be left out',
    SEARCH,
    "this.note(blind && outcome === 'unknown' ? BY_SILENT : SEEN, blind);",
    'this.note(blind ? BY_SILENT : SEEN, blind);',
  ),
  unanswered(
    'dominance-over-all-unanswered',
    'Behind an unseen write nothing without an answer is tried, whatever it does',
    SEARCH,
    'if (covered && blind) continue;',
    'if (covered) continue;',
    'register',
  ),
  unanswered(
    'dominance-past-reads',
    'A write is still taken for unseen when a read behind it was placed',
    SEARCH,
    '          this.unseen = SEEN;\n          continue;',
    '          continue;',
  ),
  unanswered(
    'horizon-of-any-operation',
    'Writes are hidden behind an operation that is no write',
    SEARCH,
    'if (blind) this.horizon = this.firstWaiting;',
    'this.horizon = this.firstWaiting;',
  ),
  unanswered(
    'horizon-not-taken-back',
    'After a step back writes are hidden as if the step had stayed',
    SEARCH,
    '    this.horizon = this.frameHorizons[depth]!;\n    this.unseen = this.frame',
    '    this.unseen = this.frame',
  ),
  {
    id: 'unseen-not-taken-back',
    bug: 'After a step back the last write counts as unseen, though it is another one',
    changes: [
      {
        file: SEARCH,
        find: '    this.unseen = this.frameUnseen[depth] as Unseen;\n',
        replace: '',
      },
    ],
    look: { battery: 'battery', first: 'larger' },
  },
  unanswered(
    'memo-without-horizon',
    'Configurations are taken for one although different writes can still be hidden in them',
    SEARCH,
    '-(this.horizon * 2 + this.unseen)',
    '-this.unseen',
    'register of unique values',
  ),
  {
    id: 'memo-without-coverable-writes',
    bug: 'Configurations are taken for one although one can still hide a write that the other cannot',
    changes: [
      {
        file: SEARCH,
        find: 'refuted.word(this.unseen === SEEN ? this.lastCoverable() : ',
        replace: 'refuted.word(this.unseen === SEEN ? 0 : ',
      },
    ],
    look: { battery: 'battery', first: 'larger' },
  },
  unanswered(
    'memo-of-certain-effects',
    'Effects that had to happen count as used up, as those do that may not have happened',
    SEARCH,
    'if (mandatoryBits[i] !== 0) refuted.word(silentBits[i]! & mandatoryBits[i]!);',
    '',
    'register of unique values',
  ),
  unanswered(
    'memo-dominance-reversed',
    'A configuration counts as refuted because one was that had used up more unknown outcomes',
    MEMO,
    '(arena[others + i]! & ~arena[extras + i]!) === 0',
    '(arena[extras + i]! & ~arena[others + i]!) === 0',
    'unanswered puts and appends',
  ),
  unanswered(
    'memo-without-unknown-outcomes',
    'A configuration counts as refuted whatever unknown outcomes the refuted one had used up',
    MEMO,
    'if (i === extraWords) return true;',
    'return true;',
    'unanswered puts and appends',
  ),
  unanswered(
    'alike-whatever-the-outcome',
    'A write that may have happened has to be used before a like one that did happen',
    SEARCH,
    'this.silentBefore[i] = latest.get(key) ?? -1;\n      latest.set(key, i);',
    "const alike = key.slice(key.indexOf(' '));\n      this.silentBefore[i] = latest.get(alike) ?? -1;\n      latest.set(alike, i);",
  ),
  unanswered(
    'certain-effect-needs-a-change',
    'What took effect unseen is never placed where it changes nothing',
    SEARCH,
    'if (after === state && answeredLeft > 0) continue;',
    'if (after === state) continue;',
  ),
  unanswered(
    'unknown-outcome-not-last',
    'An unknown outcome does not explain the last answer',
    SEARCH,
    "if (answeredLeft === 0 && outcome === 'unknown') continue;",
    "if (answeredLeft < 2 && outcome === 'unknown') continue;",
  ),
  // What may have happened, taken to happen any number of times.
  ...repeating,
  // Models and partitions.
  one(
    'purity-wrongly-assumed',
    'A compare-and-set is taken for a read',
    'check/linearizability/models/register-model.ts',
    "return output !== null && output.kind === 'cas' && !output.swapped;",
    'return true;',
  ),
  one(
    'purity-without-the-answer',
    'A dequeue is taken for one that found nothing, whatever it answered',
    'check/linearizability/models/queue-model.ts',
    "input.kind === 'dequeue' && output !== null && output.value === null,",
    "input.kind === 'dequeue',",
    'queue',
  ),
  one(
    'needless-compaction',
    'A compaction of unknown outcome is left out although answers show it',
    'check/linearizability/models/etcd-model.ts',
    "(kind === 'compaction' && !evidence().seesCompaction)",
    "kind === 'compaction'",
    'etcd store',
  ),
  one(
    'expired-too-early',
    'An answer is given up on one revision before its own',
    'check/linearizability/models/etcd-model.ts',
    'output.response.revision <= state.revision',
    'output.response.revision <= state.revision + 1',
    'etcd store',
  ),
  one(
    'values-begun-by-one-put-only',
    'Pruning forgets that a value may have been begun by several puts',
    'check/linearizability/models/kv-model.ts',
    'if (candidates.length > 1 || entry.base !== base) return false;',
    'if (entry.base !== base) return false;',
    'one key',
  ),
  one(
    'wrong-partition',
    'Registers that a transaction joins are judged apart',
    'check/linearizability/partitions.ts',
    'parents.set(rootOf(part), rootOf(parts[0]!));',
    '',
    'registers',
  ),
  // Zones.
  one(
    'zones-overlap-off-by-one',
    'Clusters that touch at one moment are taken to overlap',
    'check/linearizability/zones/zone-order.ts',
    'firstReturnUs[cluster]! < lastCallUs[latest]!) return',
    'firstReturnUs[cluster]! <= lastCallUs[latest]!) return',
    'register of unique values',
  ),
  one(
    'zones-read-the-future',
    'A read may return a value before its write was called',
    'check/linearizability/zones/zones.ts',
    'if (write >= 0 && returnUs < operations[write]!.callUs) {',
    'if (write >= 0 && returnUs < -operations[write]!.callUs) {',
    'register of unique values',
  ),
  one(
    'zones-drop-a-write-that-was-read',
    'A write of unknown outcome is left out although its value was read',
    'check/linearizability/zones/zones.ts',
    "if (!isNeedless || operations[write]!.outcome !== 'unknown') clusters.push(cluster);",
    "if (write < 0 || operations[write]!.outcome !== 'unknown') clusters.push(cluster);",
    'register of unique values',
  ),
  one(
    'zones-of-repeated-values',
    'A value that is written twice has one cluster',
    'check/linearizability/zones/zones.ts',
    'if (clusterOf.size === cluster) return null;',
    '',
  ),
  // The revision witness.
  one(
    'witness-real-time-off-by-one',
    'An answer at the moment of a call is taken to come before it',
    `${WITNESS}/revision-witness.ts`,
    'if (operation.callUs > deadlineUs) {',
    'if (operation.callUs >= deadlineUs) {',
    'etcd store',
  ),
  one(
    'witness-reads-off-by-one',
    'A read is held to the deadline of the revision it shows, not of the next one',
    `${WITNESS}/revision-witness.ts`,
    'this.readAt[i] = revision;\n          this.calledBefore[i] = revision + 1;',
    'this.readAt[i] = revision;\n          this.calledBefore[i] = revision;',
    'etcd store',
  ),
  one(
    'gap-matching-by-value-off-by-one',
    'A write whose value was seen, called at the moment of a deadline, is taken to be too late for it',
    `${WITNESS}/revision-replay.ts`,
    '.filter(({ id, callUs }) => callUs <= deadlineUs && silent',
    '.filter(({ id, callUs }) => callUs < deadlineUs && silent',
    'etcd store',
  ),
  one(
    'gap-matching-off-by-one',
    'A write called at the moment of a deadline is taken to be too late for it',
    `${WITNESS}/silent-writes.ts`,
    'if (put.callUs > deadlineUs) break;',
    'if (put.callUs >= deadlineUs) break;',
    'etcd store',
  ),
  // The verifier of orders.
  one(
    'replay-ignores-real-time',
    'The replayer accepts an order against real time',
    REPLAY,
    'if (answered && operation.returnUs < latestCallUs) {',
    'if (answered && operation.returnUs < -latestCallUs) {',
  ),
  one(
    'replay-orders-one-moment',
    'The replayer takes a return and a call at one moment for ordered',
    REPLAY,
    'if (answered && operation.returnUs < latestCallUs) {',
    'if (answered && operation.returnUs <= latestCallUs) {',
  ),
  one(
    'replay-forgets-operations',
    'The replayer does not miss an operation that took effect',
    REPLAY,
    "if (outcome === 'ok' && !placed.has(id))",
    "if (outcome === 'fail' && !placed.has(id))",
  ),
  one(
    'replay-counts-twice',
    'The replayer lets an operation take effect twice',
    REPLAY,
    'placed.add(id);',
    'if (ids.length === 0) placed.add(id);',
  ),
  // The verifier of violations.
  one(
    'writes-dropped-from-proofs',
    'A proof may leave out writes that somebody may have read',
    `${PROOF}/weakening.ts`,
    'if (unseen?.has(id) !== true)',
    'if (unseen?.has(id) === null)',
  ),
  one(
    'answers-after-the-end',
    'A proof may demand what returned after its end',
    `${PROOF}/weakening.ts`,
    "if (operation.returnUs > endUs) return 'it returned after the end';",
    '',
  ),
  one(
    'end-off-by-one',
    'A proof may leave out what was called at the moment of its end',
    `${PROOF}/weakening.ts`,
    'if (callUs > endUs) return true;',
    'if (callUs >= endUs) return true;',
  ),
  one(
    'start-off-by-one',
    'A proof takes what was called when its start returned to come after it',
    `${PROOF}/weakening.ts`,
    'operation.callUs <= start.returnUs) return',
    'operation.callUs < start.returnUs) return',
  ),
  one(
    'start-drops-what-may-follow',
    'A proof leaves out what was called before its start, though it may take effect after it',
    `${PROOF}/weakening.ts`,
    'if (start !== null && deadlineUs(operation) < start.callUs) return true;',
    'if (start !== null && operation.callUs < start.callUs) return true;',
  ),
  one(
    'partition-by-any-name',
    'A proof judges one part of a history whose operations span several',
    `${PROOF}/weakening.ts`,
    'if (name === null) return',
    'if (name === undefined) return',
    'registers',
  ),
  {
    id: 'exhaustive-without-state',
    bug: 'The exhaustive procedure takes configurations for one, whatever the state',
    changes: [
      {
        file: `${PROOF}/exhaustive.ts`,
        find: 'isWithin(other.placed, placed) && model.equals(other.state, less)',
        replace: 'isWithin(other.placed, placed)',
      },
      {
        file: `${PROOF}/exhaustive.ts`,
        find: 'model.hash(less)',
        replace: '0',
      },
    ],
    look: { battery: 'battery', first: 'proofs', subject: 'register' },
  },
  one(
    'exhaustive-alike-by-the-last-deadline',
    'Of operations that act alike the exhaustive procedure places that one first which may come last',
    `${PROOF}/exhaustive.ts`,
    'deadlineUs(operations[i]!) < deadlineUs(operations[other]!)',
    'deadlineUs(operations[i]!) > deadlineUs(operations[other]!)',
  ),
  one(
    'exhaustive-pure-although-illegal',
    'The exhaustive procedure places pure operations where they are not legal',
    `${PROOF}/exhaustive.ts`,
    'return model.step(state, input, output) !== undefined;',
    'return true;',
  ),
  one(
    'exhaustive-whatever-happened',
    'The exhaustive procedure takes configurations for one, whatever they have left that may happen',
    `${PROOF}/exhaustive.ts`,
    'isWithin(other.placed, placed) &&',
    '',
    'etcd store',
  ),
  one(
    'reduced-without-open-puts',
    'An answer is given up although a put without an answer writes what it begins with',
    `${PROOF}/kv-proof.ts`,
    ' && !optional.some(begins)',
    '',
    'unanswered puts and appends',
  ),
  one(
    'reduced-revision-off-by-one',
    'A read at the revision that the store has is taken for past',
    `${PROOF}/etcd-proof.ts`,
    'return order !== null && order.revision < state.revision + (order.writes ? 1 : 0);',
    'return order !== null && order.revision < state.revision + 1;',
    'etcd store',
  ),
  one(
    'unseen-dequeue-takes-nothing',
    'What a queue says of few values leaves out dequeues that may have taken them unseen',
    `${PROOF}/queue-proof.ts`,
    "return endedAs<QueueInput, QueueOutput>(operation, 'unknown', null, Infinity);",
    'return null;',
    'queue',
  ),
  one(
    'queue-judged-too-soon',
    'A value is taken to be dequeued twice before all enqueues were seen: it may have been enqueued twice',
    `${ORDERING}/queue-line.ts`,
    'twice ??= {',
    'return {',
  ),
  one(
    'queue-forgets-unknown-enqueues',
    'An enqueue of unknown outcome is left out although its value left',
    `${ORDERING}/queue-line.ts`,
    "if (left === null && came.outcome === 'unknown') continue;",
    "if (came.outcome === 'unknown') continue;",
  ),
  one(
    'queue-ignores-unknown-dequeues',
    'A queue is judged as if dequeues of unknown outcome took nothing',
    `${ORDERING}/queue-line.ts`,
    "if (order === null || !('reason' in order) || queue.silent.length === 0) return order;",
    'if (queue.silent.length >= 0) return order;',
  ),
  one(
    'queue-leaves-by-the-call',
    'A value is taken to have left by the call of the dequeue, not by its return',
    `${ORDERING}/queue-line.ts`,
    'const leavesByUs = left === null ? Infinity : someTime(deadlineUs(left));',
    'const leavesByUs = left === null ? Infinity : left.callUs;',
  ),
  one(
    'levels-forget-unknown-adds',
    'An add of unknown outcome is left out although its element was found',
    `${ORDERING}/set-levels.ts`,
    "(add.outcome === 'unknown' && !isFound.has(element))",
    "add.outcome === 'unknown'",
  ),
  one(
    'levels-add-before-a-miss',
    'An element is taken to be added before somebody did not find it',
    `${ORDERING}/set-levels.ts`,
    'place(add, read, missed.get(elementIn(add)) ?? null)',
    'place(add, read)',
  ),
  one(
    'levels-lose-one',
    'A read of the whole set may miss one element that an earlier one showed',
    `${ORDERING}/set-levels.ts`,
    'if (known < before) {',
    'if (known + 1 < before) {',
  ),
  one(
    'writers-all-at-once',
    'Of transactions over registers real time is ignored',
    `${ORDERING}/registers-order.ts`,
    "'strict-serializable'",
    "'serializable'",
  ),
  one(
    'growth-within-an-append',
    'A read may end within what was appended at once',
    `${ZONES}/growth.ts`,
    'if (this.lengths[low] !== text.length) return false;',
    '',
  ),
  one(
    'growth-out-of-order',
    'Within what was read real time is ignored',
    `${ZONES}/growing-zones.ts`,
    'if (returned(place) < lastCallUs[i]!) {',
    'if (returned(place) < -Infinity) {',
  ),
  one(
    'growth-from-the-middle',
    'The text at first is taken to have been put like any other',
    `${ZONES}/growing-zones.ts`,
    'firstReturnUs[0] = -Infinity;',
    '',
  ),
  one(
    'exhaustive-orders-one-moment',
    'The exhaustive procedure takes a return and a call at one moment for ordered',
    `${PROOF}/exhaustive.ts`,
    'if (placed[i] === 1 || callUs > earliestUs) return;',
    'if (placed[i] === 1 || callUs >= earliestUs) return;',
  ),
  {
    id: 'exhaustion-proves',
    bug: 'A proof that was not tried out within the budget is taken for verified',
    changes: [
      {
        file: `${PROOF}/certificate.ts`,
        find: 'if (linearizable === false) return',
        replace: 'if (linearizable !== true) return',
      },
    ],
    look: { battery: 'battery', first: 'budgets' },
  },
  // What proofs know of etcd and of the other models.
  one(
    'facts-overlap-off-by-one',
    'A key that is written in the revision after it was read is taken for a contradiction',
    `${PROOF}/etcd-facts.ts`,
    'if (earlier.to >= later.from) return true;',
    'if (earlier.to >= later.from - 1) return true;',
    'etcd store',
  ),
  one(
    'absence-off-by-one',
    'A key that is absent one revision before it is put is taken for a contradiction',
    `${PROOF}/etcd-facts.ts`,
    'if (absent.at < held.from || absent.at > held.to) return false;',
    'if (absent.at < held.from - 1 || absent.at > held.to) return false;',
    'etcd store',
  ),
  one(
    'lasting-off-by-one',
    'A value is taken to last into the revision that writes it over',
    `${PROOF}/etcd-writes.ts`,
    'end = Math.min(end, put - 1);',
    'end = Math.min(end, put);',
    'etcd store',
  ),
  one(
    'gap-off-by-one',
    'A revision that no answer explains is taken to have changed nothing',
    `${PROOF}/etcd-writes.ts`,
    'while (this.explained.has(end + 1)) end++;',
    'while (this.explained.has(end + 1) || this.explained.has(end + 2)) end++;',
    'etcd store',
  ),
  one(
    'unanswered-puts-wrote-nothing',
    'A value that only an unanswered put can have written is taken for invented',
    `${PROOF}/etcd-writes.ts`,
    'puts.open.add(value);',
    '{}',
    'etcd store',
  ),
  one(
    'stale-reads-in-real-time',
    'A serializable read is held to real time',
    `${PROOF}/etcd-order.ts`,
    "if (input.kind !== 'range' || input.serializable) return null;",
    "if (input.kind !== 'range') return null;",
    'etcd store',
  ),
  one(
    'refused-compare-sees-nothing',
    'A write is left out although a compare-and-set was refused because of it',
    `${PROOF}/register-proof.ts`,
    "if (output?.kind !== 'cas' || !output.swapped) return new Set();",
    "if (output?.kind !== 'cas' || !output.swapped) continue;",
  ),
  one(
    'appends-seen-whole-only',
    'An append is left out unless it is all of a value that was read',
    `${PROOF}/kv-proof.ts`,
    'if (!seen.some((value) => value.includes(input.value))) out.add(id);',
    'if (!seen.includes(input.value)) out.add(id);',
    'kv store',
  ),
  one(
    'removes-leave-no-gap',
    'A remove is left out although a read of the set misses the element',
    `${PROOF}/set-proof.ts`,
    '!missesAny && !missed',
    '!missed',
    'set',
  ),
  one(
    'refused-lock-settles-wrongly',
    'A refused release is taken to say that the lock is held',
    'check/linearizability/models/mutex-model.ts',
    "settles: ({ kind }) => kind === 'acquire'",
    "settles: ({ kind }, { granted }) => granted === (kind === 'acquire')",
    'lock',
  ),
  // Histories judged while they are read.
  one(
    'running-replay-ignores-real-time',
    'The running replayer accepts an order against real time',
    RUNNING,
    'if (answered && returnUs < this.latestCallUs) {',
    'if (returnUs < 0) {',
  ),
  one(
    'running-replay-orders-one-moment',
    'The running replayer takes a return and a call at one moment for ordered',
    RUNNING,
    'returnUs < this.latestCallUs',
    'returnUs <= this.latestCallUs',
  ),
  one(
    'running-replay-forgets-operations',
    'The running replayer does not miss an operation that took effect',
    RUNNING,
    "if (outcome === 'ok') this.wrong ??=",
    "if (outcome === 'fail') this.wrong ??=",
  ),
  one(
    'running-replay-places-twice',
    'The running replayer lets an operation take effect twice',
    RUNNING,
    'const operation = this.unplaced.take(id);',
    "const operation = this.unplaced.get(id); if (operation?.outcome === 'ok') this.unplaced.take(id);",
  ),
  one(
    'returns-at-one-moment-first',
    'What returns at the moment of a call is told of before it',
    `${ONLINE}/time-order.ts`,
    'while (this.open.lowest < operation.callUs)',
    'while (this.open.lowest <= operation.callUs)',
  ),
  one(
    'order-of-equals-reversed',
    'Operations of one moment are taken out in the wrong order',
    `${ONLINE}/near-order.ts`,
    'keys[(head + place - 1) & mask]! > key; place--',
    'keys[(head + place - 1) & mask]! < key; place--',
  ),
  one(
    'revisions-sealed-too-early',
    'A revision is judged while an operation that may belong to it is open',
    `${WITNESS}/online-witness.ts`,
    'this.sealThrough((this.calls.oldestFloor ?? this.floor) - 1);',
    'this.sealThrough(this.calls.oldestFloor === null ? this.floor - 1 : this.calls.oldestFloor);',
  ),
  {
    id: 'watching-reads-as-ok',
    bug: 'A history of which nothing is wrong so far is called linearizable, whatever the replay of its order says',
    changes: [
      {
        file: `${ONLINE}/streamed-history.ts`,
        find: 'const wrong = this.replay.finish();',
        replace: 'const wrong: string | null = null;',
      },
      {
        file: `${ONLINE}/streamed-history.ts`,
        find: 'else if (this.replay.wrong !== null)',
        replace: 'else if (this.replay.placed < 0)',
      },
    ],
    look: { battery: 'battery', first: 'streams' },
  },
  // Histories followed while they are made.
  one(
    'online-answer-not-compared',
    'An operation that had its effect early may answer what it likes',
    ONLINE_SEARCH,
    'if (next === undefined || !model.equals(next, after)) return;',
    'if (next === undefined && model.equals(before, after)) return;',
  ),
  one(
    'online-reads-before-the-call',
    'A read may have seen a state that was left before its call',
    ONLINE_SEARCH,
    'if (leftAt <= call.calledAt) return false;',
    '',
  ),
  one(
    'online-failure-with-effect',
    'An operation that failed may have had an effect that explains an answer',
    ONLINE_SEARCH,
    'if (!wasGuessed || orAny) left.push',
    'if (!wasGuessed || orAny || wasGuessed) left.push',
  ),
  one(
    'online-purity-wrongly-assumed',
    'An operation that was possible without a change is not tried with one',
    ONLINE_SEARCH,
    'if (model.isPure?.(call.input, output) === true) return;',
    'return;',
  ),
  one(
    'online-states-seen-forgotten',
    'What a read under way may have seen is forgotten too early',
    ONLINE_SEARCH,
    '({ leftAt }) => leftAt > earliest',
    '({ leftAt }) => leftAt > earliest + 1',
  ),
  one(
    'online-any-state-seen-stands-in',
    'A possibility is dropped for one in which fewer states may have been seen',
    CONFIGURATIONS,
    'a.passed.some((passed) => this.isAs(passed, needed))',
    '(a.passed.some((passed) => this.isAs(passed, needed)) || true)',
  ),
  one(
    'online-zones-one-way',
    'Two values of which one has to come first are taken for a contradiction',
    ONLINE_ZONES,
    'if (mustPrecede(cluster, other) && mustPrecede(other, cluster)) {',
    'if (mustPrecede(cluster, other) || mustPrecede(other, cluster)) {',
    'register of unique values',
  ),
  one(
    'online-zones-forget-the-call',
    'A late read of a value does not keep the value in the register until then',
    ONLINE_ZONES,
    'if (call.callUs > cluster.lastCallUs) cluster.lastCallUs = call.callUs;',
    '',
    'register of unique values',
  ),
  // Isolation.
  // --- Judging window by window
  one(
    'window-forces-what-is-under-way',
    'What is under way at the end of a window must have its place in it',
    WINDOW,
    'returnUs >= endUs;',
    'returnUs > endUs + 20;',
  ),
  one(
    'window-of-zones-forgets-what-is-under-way',
    'A value whose write is under way at the end of a window counts as written by nobody',
    WINDOW,
    "} else if (access.kind === 'write') silent.push(operation);",
    '}',
    'register of unique values',
  ),
  one(
    'window-of-zones-starts-anew',
    'A window of a register of unique values starts with what the register held at first',
    WINDOW,
    'checkByZones(known, { ...model, init: () => initial })',
    'checkByZones(known, model)',
    'register of unique values',
  ),
  one(
    'part-places-all-at-once',
    'All of a window gets its place for good, so that what comes later proves it wrong',
    PART,
    'nowUs === Infinity ? 0 : this.behind(nowUs)',
    '0',
  ),
  one(
    'part-searches-from-the-start',
    'A window is searched from the state that the object starts in',
    PART,
    'const { unplaced: operations, state: initial } = this;',
    'const { unplaced: operations } = this;\n    const initial = this.subject.model.init();',
  ),
  one(
    'part-forgets-what-may-happen-again',
    'A violation is proved without what may have taken effect later than where it got its place',
    PART,
    'if (isForever(operation)) this.placedForever.push(operation);',
    'if (isForever(operation)) continue;',
    'unanswered writes',
  ),
  one(
    'part-ignores-what-is-missing',
    'A violation is proved as if the operations it no longer holds had not been',
    PART,
    'this.forgottenUs = Math.max(this.forgottenUs, deadlineUs(recent[at]!));',
    '',
  ),
  one(
    'parts-know-too-much',
    'A violation counts what is called at its moment, of which not all has come',
    PARTS,
    'if (nowUs < Infinity) {',
    'if (nowUs < -1) {',
    'queue',
  ),
  one(
    'parts-ignore-what-is-told-late',
    'A violation is proved without operations that had been called by then and are told of later',
    PARTS,
    'if (operation.callUs <= verdict.untilUs) this.addLate(operation, verdict);',
    '',
    'unanswered writes',
  ),
  one(
    'parts-without-a-last-window',
    'What is left at the end of a history has no place',
    PARTS,
    'this.advance(name, Infinity);',
    '',
  ),
  one(
    'parts-joined-too-late',
    'What joins parts is judged without them once operations have places',
    PARTS,
    'if (!parts.every(({ search }) => search.isUntouched)) return false;',
    '',
    'registers',
  ),
  ...ISOLATION_MUTANTS,
];
