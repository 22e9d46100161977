// A quick battery against the checkers: what brute force says of small histories, what the definition says
// of orders, and what may be proved. Returns what is wrong first, null if nothing is. It is run against
// planted bugs, and must find each.

import type { Random } from '../../../src/base/random.js';
import { randomStream } from '../../../src/base/random.js';
import type { Operation } from '../../../src/check/history.js';
import { RepeatingSearch } from '../../../src/check/linearizability/general/repeating-search.js';
import { refuteAround } from '../../../src/check/linearizability/general/window.js';
import { judgeLinearizable, judgeSurroundings } from '../../../src/check/linearizability/judge.js';
import type { Model } from '../../../src/check/linearizability/model.js';
import { etcdModel } from '../../../src/check/linearizability/models/etcd-model.js';
import { etcdStream } from '../../../src/check/linearizability/models/etcd-stream.js';
import { kvModel } from '../../../src/check/linearizability/models/kv-model.js';
import { multiRegisterModel } from '../../../src/check/linearizability/models/multi-register-model.js';
import { mutexModel } from '../../../src/check/linearizability/models/mutex-model.js';
import { queueModel } from '../../../src/check/linearizability/models/queue-model.js';
import { registerModel } from '../../../src/check/linearizability/models/register-model.js';
import { setModel } from '../../../src/check/linearizability/models/set-model.js';
import type { KvInput, KvOutput } from '../../../src/check/linearizability/objects/kv.js';
import type {
  RegisterInput,
  RegisterOutput,
} from '../../../src/check/linearizability/objects/register.js';
import type { OnlineChecker } from '../../../src/check/linearizability/online/online-checker.js';
import { OnlineSearch } from '../../../src/check/linearizability/online/online-search.js';
import { OnlineZones } from '../../../src/check/linearizability/online/online-zones.js';
import { RunningReplay } from '../../../src/check/linearizability/online/running-replay.js';
import { StreamedHistory } from '../../../src/check/linearizability/online/streamed-history.js';
import { StreamedParts } from '../../../src/check/linearizability/online/streamed-parts.js';
import { TimeOrder } from '../../../src/check/linearizability/online/time-order.js';
import { verifyCertificate } from '../../../src/check/linearizability/proof/certificate.js';
import { exhaustRepeating } from '../../../src/check/linearizability/proof/exhaustive.js';
import { replay } from '../../../src/check/linearizability/replay.js';
import { checkLinearizable } from '../../../src/check/linearizability/search.js';
import { anyWeakening } from '../any-weakening.js';
import { isLinearizable } from '../brute-force.js';
import {
  elementWorkload,
  plainMutexWorkload,
  plainQueueWorkload,
  plainRegistersWorkload,
  plainSetWorkload,
  singleRegistersWorkload,
} from '../plain-workloads.js';
import {
  growingSet,
  growingText,
  uniqueQueue,
  uniqueRegisters,
} from '../single-writer-workloads.js';
import type { Workload } from '../small-histories.js';
import {
  type Answers,
  etcdWorkload,
  kvWorkload,
  RARE_ANSWERS,
  registerWorkload,
  SOME_ANSWERS,
  smallHistory,
  writesWorkload,
} from '../small-histories.js';

export interface Found {
  readonly check: string;
  /** Cases of this check up to this one. */
  readonly cases: number;
  readonly what: string;
}

interface Subject<S, I, O> {
  readonly name: string;
  readonly workload: Workload<I, O>;
  readonly model: Model<S, I, O>;
  readonly pruned?: (history: readonly Operation<I, O>[]) => Model<S, I, O>;
  readonly answers?: Answers;
}

type AnySubject = Subject<unknown, unknown, unknown>;

const HISTORIES = 1500;
const LARGER = 8000;
/** Proofs proposed for each legal history. */
const PROPOSALS = 30;

/** Register operations where each value is written once, so that zones decide. */
function uniqueRegister(): AnySubject {
  let value = 0;
  const workload: typeof registerWorkload = {
    ...registerWorkload,
    input: (random) => (random.below(5) < 3 ? { kind: 'read' } : { kind: 'write', value: ++value }),
  };
  return { name: 'register of unique values', workload, model: registerModel() } as AnySubject;
}

/** Values that several puts may have begun. */
const oneKey: Workload<KvInput, KvOutput> = {
  ...kvWorkload,
  input(random) {
    const kind = random.pick(['get', 'get', 'put', 'append'] as const);
    if (kind === 'get') return { kind, key: 'a' };
    return { kind, key: 'a', value: kind === 'put' ? 'x' : 'y' };
  },
};

const prunedKv = (history: readonly Operation<KvInput, KvOutput>[]) => kvModel({ history });

const SUBJECTS = [
  { name: 'register', workload: registerWorkload, model: registerModel() },
  uniqueRegister(),
  {
    name: 'kv store',
    workload: kvWorkload,
    model: kvModel(),
    pruned: prunedKv,
  },
  { name: 'one key', workload: oneKey, model: kvModel(), pruned: prunedKv },
  { name: 'etcd store', workload: etcdWorkload, model: etcdModel(), pruned: etcdModel },
  {
    name: 'unanswered writes',
    workload: writesWorkload,
    model: registerModel(),
    answers: RARE_ANSWERS,
  },
  {
    name: 'unanswered puts and appends',
    workload: oneKey,
    model: kvModel(),
    pruned: prunedKv,
    answers: RARE_ANSWERS,
  },
  {
    name: 'unanswered elements',
    workload: elementWorkload,
    model: setModel(),
    answers: RARE_ANSWERS,
  },
  { name: 'set', workload: plainSetWorkload, model: setModel() },
  { name: 'set by element', workload: elementWorkload, model: setModel() },
  { name: 'queue', workload: plainQueueWorkload, model: queueModel() },
  { name: 'lock', workload: plainMutexWorkload, model: mutexModel() },
  { name: 'registers', workload: plainRegistersWorkload, model: multiRegisterModel() },
  { name: 'register by key', workload: singleRegistersWorkload, model: multiRegisterModel() },
] as unknown as readonly AnySubject[];

/** Of values that have one writer, so that nothing is left to a search. */
const DECIDED = [
  { name: 'queue', workload: uniqueQueue(), model: queueModel() },
  { name: 'set', workload: growingSet(), model: setModel() },
  { name: 'growing text', workload: growingText(), model: kvModel() },
  { name: 'registers', workload: uniqueRegisters(), model: multiRegisterModel() },
] as unknown as readonly AnySubject[];

const CHECKS = {
  ...{ verdicts, decided, larger, repeating, orders, proofs, budgets },
  ...{ streams, parts, online },
} as const;

export type CheckName = keyof typeof CHECKS;

/** Runs all checks, beginning with `first`; of those that take subjects, with the subject of that name. */
export function battery(first: CheckName = 'verdicts', subject = ''): Found | null {
  const subjects = [...SUBJECTS].sort(
    (a, b) => Number(b.name === subject) - Number(a.name === subject),
  );
  const found = CHECKS[first](subjects);
  if (found !== null) return found;
  for (const [name, check] of Object.entries(CHECKS)) {
    const next = name === first ? null : check(subjects);
    if (next !== null) return next;
  }
  return null;
}

/** The verdict of every layer is that of brute force, and has a certificate that is verified. */
function verdicts(subjects: readonly AnySubject[]): Found | null {
  const check = 'verdicts against brute force';
  let cases = 0;
  for (const { name, workload, model, pruned, answers } of subjects) {
    const random = randomStream('21', `battery/${name}`);
    for (let i = 0; i < HISTORIES; i++) {
      const history = smallHistory(workload, random, 6, answers);
      cases++;
      const expected = isLinearizable(history, model) ? 'ok' : 'violation';
      const options = pruned === undefined ? {} : { pruned: pruned(history) };
      const { verdict, certificate } = judgeLinearizable(history, model, options);
      if (verdict !== expected) {
        return { check, cases, what: `${name}: ${verdict}, by definition ${expected}` };
      }
      const general = checkLinearizable(history, options.pruned ?? model, { shortcuts: false });
      if (general.verdict !== expected) {
        return {
          check,
          cases,
          what: `${name}: ${general.verdict} by search, by definition ${expected}`,
        };
      }
      const verification = verifyCertificate(history, model, certificate!);
      if (verification.kind !== 'verified') {
        const check = 'certificates verified';
        return {
          check,
          cases,
          what: `${name}: ${expected} ${verification.kind}: ${verification.why}`,
        };
      }
    }
  }
  return null;
}

/** What needs no search has the verdict of brute force, and an order that is verified. */
function decided(): Found | null {
  const check = 'what needs no search against brute force';
  let cases = 0;
  for (const { name, workload, model } of DECIDED) {
    const random = randomStream('28', `battery/decided/${name}`);
    for (let i = 0; i < HISTORIES; i++) {
      const answers = i % 2 === 0 ? SOME_ANSWERS : RARE_ANSWERS;
      const drawn = smallHistory(workload, random, 7, i % 4 < 2 ? undefined : answers);
      const history = drawn
        .filter(({ outcome }) => outcome !== 'fail')
        .sort((a, b) => a.callUs - b.callUs);
      const answer = model.decide!(history, model.init());
      if (answer === null) continue;
      cases++;
      const expected = isLinearizable(history, model) ? 'ok' : 'violation';
      if (answer.verdict !== expected) {
        return { check, cases, what: `${name}: ${answer.verdict}, by definition ${expected}` };
      }
      if (answer.verdict === 'violation') continue;
      const partition = model.partition?.(history[0]!.input) ?? null;
      const wrong = replay(history, model, [{ partition, ids: answer.ids }]);
      if (wrong !== null) return { check, cases, what: `${name}: ${wrong}` };
    }
  }
  return cases < DECIDED.length * (HISTORIES / 2)
    ? { check, cases, what: 'most histories are left to the search' }
    : null;
}

type RegisterOperation = Operation<RegisterInput, RegisterOutput>;

function answered(
  id: number,
  input: RegisterInput,
  [callUs, returnUs]: readonly [number, number],
  value = 0,
): RegisterOperation {
  const output: RegisterOutput =
    input.kind === 'read'
      ? { kind: 'read', value }
      : input.kind === 'cas'
        ? { kind: 'cas', swapped: true }
        : { kind: 'write' };
  return { id, client: id, input, output, callUs, returnUs, outcome: 'ok' };
}

/** Legal, and such as a million drawn ones may not hold: only its last write can hide the others. */
const KNOWN: readonly (readonly RegisterOperation[])[] = [
  [
    answered(0, { kind: 'read' }, [14, 23], 1),
    answered(1, { kind: 'read' }, [1, 4], 0),
    answered(2, { kind: 'write', value: 0 }, [2, 2]),
    answered(3, { kind: 'write', value: 0 }, [2, 6]),
    answered(4, { kind: 'write', value: 2 }, [6, 9]),
    answered(5, { kind: 'read' }, [5, 13], 1),
    answered(6, { kind: 'cas', from: 0, to: 1 }, [3, 8]),
    answered(7, { kind: 'write', value: 3 }, [5, 14]),
  ],
];

/** Where more is open, the search finds what it finds without what a model says to make it faster. */
function larger(): Found | null {
  const check = 'larger histories against the plain search';
  const random = randomStream('25', 'battery/larger');
  const model = registerModel();
  const { name, init, step, hash, equals, describeOperation, describeState, explain } = model;
  const plain = { name, init, step, hash, equals, describeOperation, describeState, explain };
  for (let cases = 1; cases <= LARGER; cases++) {
    const drawn = smallHistory(writesWorkload, random, 8 + random.below(4), SOME_ANSWERS);
    const history = KNOWN[cases - 1] ?? drawn;
    const expected = checkLinearizable(history, plain).verdict;
    for (const shortcuts of [true, false]) {
      const { verdict } = checkLinearizable(history, model, { shortcuts });
      if (verdict !== expected) return { check, cases, what: `${verdict}, was ${expected}` };
    }
  }
  return null;
}

/** Not legal: the second read of 0 came before the second write of 0 was called. */
const CALLED_LATE: readonly RegisterOperation[] = [
  { ...answered(0, { kind: 'write', value: 0 }, [1, Infinity]), output: null, outcome: 'unknown' },
  answered(1, { kind: 'read' }, [5, 6], 0),
  answered(2, { kind: 'write', value: 1 }, [7, 8]),
  answered(3, { kind: 'read' }, [10, 11], 0),
  { ...answered(4, { kind: 'write', value: 0 }, [20, Infinity]), output: null, outcome: 'unknown' },
];

/** Operations that act alike, some of them called late. */
const TWO_VALUES: typeof registerWorkload = {
  ...registerWorkload,
  input: (random) =>
    random.below(2) === 0 ? { kind: 'read' } : { kind: 'write', value: random.below(2) },
};

/** Where effects may be repeated, the search still finds what the definition says, and proofs prove nothing false. */
function repeating(): Found | null {
  const check = 'repeated effects against brute force';
  let cases = 0;
  for (const workload of [writesWorkload, registerWorkload, TWO_VALUES]) {
    const random = randomStream('26', 'battery/repeating');
    const model = registerModel();
    for (let i = 0; i < HISTORIES; i++) {
      const drawn = smallHistory(workload, random, 8, RARE_ANSWERS);
      const history = [...(i === 0 ? CALLED_LATE : drawn)]
        .filter(({ outcome }) => outcome !== 'fail')
        .sort((a, b) => a.callUs - b.callUs || a.id - b.id);
      cases++;
      const expected = isLinearizable(history, model);
      const { linearizable } = exhaustRepeating(history, model, 100_000);
      if (expected && linearizable === false) return { check, cases, what: 'a false proof' };
      for (const { id } of history) {
        const options = { isOnePart: true, stepsMax: 20_000, repeats: true };
        const { core } = refuteAround(history, model, id, options);
        if (expected && core.length > 0) return { check, cases, what: 'a false refutation' };
      }
      const search = RepeatingSearch.of(model, history, true);
      if (search === null) continue;
      const progress = search.advance(1_000_000);
      if (progress !== (expected ? 'legal' : 'illegal')) {
        return { check, cases, what: `${progress}, by definition ${expected}` };
      }
      if (!expected) continue;
      const wrong = replay(history, model, [{ partition: null, ids: search.order() }]);
      if (wrong !== null) return { check, cases, what: wrong };
    }
  }
  return null;
}

/** Both replayers accept an order exactly if the definition does. */
function orders(subjects: readonly AnySubject[]): Found | null {
  const check = 'orders against the definition';
  let cases = 0;
  for (const { name, workload, model } of subjects) {
    const random = randomStream('22', `battery/${name}`);
    for (let i = 0; i < HISTORIES; i++) {
      const history = smallHistory(workload, random, 4);
      const ids = someOrder(history, random);
      cases++;
      const accepted = replay(history, model, [{ partition: null, ids }]) === null;
      const expected = isLegalOrder(history, ids, model);
      const running = acceptsRunning(history, ids, model);
      if (accepted !== expected || running !== expected) {
        const who = accepted === expected ? 'while it grows ' : '';
        const how = expected ? 'refused' : 'accepted';
        return { check, cases, what: `${name}: the order ${ids.join(' ')} is ${who}${how}` };
      }
    }
  }
  return null;
}

function acceptsRunning<S, I, O>(
  history: readonly Operation<I, O>[],
  ids: readonly number[],
  model: Model<S, I, O>,
): boolean {
  const replay = new RunningReplay(model);
  for (const operation of history) replay.add(operation);
  for (const id of ids) replay.place(id);
  return replay.finish() === null;
}

/** Mostly in the order of calls, at times with an operation too few, too many or displaced. */
function someOrder(history: readonly Operation<unknown, unknown>[], random: Random): number[] {
  const order = history
    .filter(({ outcome }) => outcome === 'ok' || random.below(3) === 0)
    .sort((a, b) => a.callUs + random.below(12) - b.callUs - random.below(12))
    .map(({ id }) => id);
  if (random.below(6) === 0) order.pop();
  if (random.below(8) === 0 && order.length > 0) order.push(random.pick(order));
  return order;
}

/** Word for word: each pair in real time, each operation at most once, all answered ones, all legal. */
function isLegalOrder<S, I, O>(
  history: readonly Operation<I, O>[],
  ids: readonly number[],
  model: Model<S, I, O>,
): boolean {
  if (new Set(ids).size !== ids.length) return false;
  const byId = new Map(history.map((operation) => [operation.id, operation]));
  if (history.some(({ id, outcome }) => outcome === 'ok' && !ids.includes(id))) return false;
  const placed = ids.map((id) => byId.get(id)!);
  if (placed.some(({ outcome }) => outcome === 'fail')) return false;
  for (let a = 0; a < placed.length; a++) {
    for (let b = a + 1; b < placed.length; b++) {
      const late = placed[b]!;
      if (late.outcome === 'ok' && late.returnUs < placed[a]!.callUs) return false;
    }
  }
  let state: S | undefined = model.init();
  for (const { input, output, outcome } of placed) {
    state = model.step(state, input, outcome === 'ok' ? output : null);
    if (state === undefined) return false;
  }
  return true;
}

/** No violation of a legal history can be proved, whatever is proposed as a proof. */
function proofs(subjects: readonly AnySubject[]): Found | null {
  const check = 'false proofs refused';
  let cases = 0;
  for (const { name, workload, model } of subjects) {
    const random = randomStream('23', `battery/${name}`);
    for (let i = 0; i < HISTORIES; i++) {
      const history = smallHistory(workload, random, 6);
      if (!isLinearizable(history, model)) continue;
      for (let k = 0; k < PROPOSALS; k++) {
        const weakening = anyWeakening(history, random, model);
        cases++;
        if (verifyCertificate(history, model, { kind: 'core', weakening }).kind !== 'verified')
          continue;
        return { check, cases, what: `${name}: a legal history is proved to be none` };
      }
    }
  }
  return null;
}

/** What runs out of steps has neither a verdict nor a proof. */
function budgets(): Found | null {
  const check = 'budgets';
  let cases = 0;
  const random = randomStream('24', 'battery/budgets');
  const model = registerModel();
  for (let i = 0; i < 200; i++) {
    const history = smallHistory(registerWorkload, random, 6);
    const expected = isLinearizable(history, model) ? 'ok' : 'violation';
    cases++;
    const { verdict } = checkLinearizable(history, model, { stepsMax: 1 });
    if (verdict !== 'undecided' && verdict !== expected) {
      return { check, cases, what: `${verdict} after one step` };
    }
    if (expected === 'ok') continue;
    const { certificate, explanation } = judgeLinearizable(history, model);
    const { kind } = verifyCertificate(history, model, certificate!, { stepsMax: 0 });
    if (kind !== 'unverified' && (explanation?.weakening.answered.length ?? 0) > 0) {
      return { check, cases, what: `a proof is ${kind} without a step` };
    }
  }
  return null;
}

/**
 * What is said of a history while it is read is so by definition; and of nearly all whose answers have their
 * place in the order of revisions something is said.
 */
function streams(): Found | null {
  const check = 'streams against brute force';
  const random = randomStream('25', 'battery/streams');
  const model = etcdModel();
  let cases = 0;
  let lost = 0;
  for (let i = 0; i < 2 * HISTORIES; i++) {
    const history = smallHistory(etcdWorkload, random, 6);
    const byEnds = random.below(2) === 0;
    const atUs = ({ callUs, returnUs }: (typeof history)[number]): number =>
      byEnds ? Math.min(returnUs, callUs + 20) : callUs;
    const streamed = new StreamedHistory(etcdStream(), { min: 1 + random.below(6), max: 6 });
    for (const operation of [...history].sort((a, b) => atUs(a) - atUs(b))) streamed.add(operation);
    const verdict = streamed.finish();
    cases++;
    if (verdict.kind === 'lost') lost += verdict.why.includes('does not place') ? 0 : 1;
    else {
      const expected = isLinearizable(history, model) ? 'ok' : 'violation';
      // What comes late may have been what explains an answer.
      if (verdict.kind !== expected && (verdict.kind === 'ok' || !byEnds)) {
        return { check, cases, what: `${verdict.kind}, by definition ${expected}` };
      }
    }
  }
  return lost > cases / 20 ? { check, cases, what: `${lost} are lost` } : null;
}

/**
 * What is said of a history that is judged window by window is what its whole says, and most often something is;
 * a violation is proved from the operations around it only if it is one.
 */
function parts(subjects: readonly AnySubject[]): Found | null {
  const check = 'windows against the whole';
  let cases = 0;
  for (const { name, workload, model, answers } of subjects) {
    // Judged while it is read by its revisions: above.
    if (name === 'etcd store') continue;
    const random = randomStream('27', `battery/${name}`);
    let wrongPast = 0;
    for (let i = 0; i < HISTORIES; i++) {
      const made = smallHistory(
        workload,
        random,
        random.pick([14, 32]),
        answers,
        1 + random.below(2) * random.below(6),
      );
      // Many at one moment.
      const tickUs = random.pick([1, 8]);
      const history = made.map((operation) => ({
        ...operation,
        callUs: Math.floor(operation.callUs / tickUs) * tickUs,
        returnUs: Math.ceil(operation.returnUs / tickUs) * tickUs,
      }));
      const lateUs = random.below(2) * random.below(100);
      const atUs = ({ callUs, outcome }: (typeof history)[number]): number =>
        callUs + (outcome === 'unknown' ? lateUs : 0);
      const streamed = new StreamedParts(model, {
        window: { min: 1 + random.below(4), max: 8 },
        answersMax: 1 + random.below(4),
        stepsMax: 5000,
      });
      for (const operation of history.sort((a, b) => atUs(a) - atUs(b))) streamed.add(operation);
      const verdict = streamed.finish();
      cases++;
      const expected = checkLinearizable(history, model, { stepsMax: 5000 }).verdict;
      if (verdict.kind === 'ok' && expected === 'violation') {
        return { check, cases, what: `${name}: ok, the whole is a violation` };
      }
      if (verdict.kind === 'lost' && !/comes long after|joins parts/.test(verdict.why)) {
        return { check, cases, what: `${name}: ${verdict.why}` };
      }
      if (expected !== 'ok' || (verdict.kind !== 'violation' && verdict.kind !== 'stuck')) continue;
      const { around, untilUs } = verdict;
      wrongPast++;
      if (around !== null && judgeSurroundings(model, around, untilUs) !== null) {
        return { check, cases, what: `${name}: a legal history is proved to be none` };
      }
    }
    if (wrongPast > HISTORIES / 20) {
      return { check, cases, what: `${name}: ${wrongPast} are taken for violations` };
    }
  }
  return null;
}

/** At the end of a history that was followed while it was made, the verdict is that of the definition. */
function online(subjects: readonly AnySubject[]): Found | null {
  const check = 'online against brute force';
  let cases = 0;
  for (const { name, workload, model } of subjects) {
    const random = randomStream('26', `battery/${name}`);
    for (let i = 0; i < HISTORIES / 2; i++) {
      const history = smallHistory(workload, random, 6).filter(
        ({ outcome, returnUs }) => outcome !== 'ok' || returnUs < Infinity,
      );
      const expected = isLinearizable(history, model) ? 'watching' : 'violation';
      for (const checker of [new OnlineSearch(model), new OnlineZones(model)]) {
        follow(history, checker);
        cases++;
        if (checker.verdict === 'blind' || checker.verdict === expected) continue;
        return { check, cases, what: `${name}: ${checker.verdict}, by definition ${expected}` };
      }
    }
  }
  return null;
}

function follow(
  history: readonly Operation<unknown, unknown>[],
  checker: OnlineChecker<unknown, unknown>,
): void {
  const order = new TimeOrder<unknown, unknown>(
    {
      call: (operation) => checker.invoke(operation),
      end: ({ id, outcome, output, returnUs }) => checker.complete(id, outcome, output, returnUs),
    },
    { min: history.length, max: history.length },
  );
  for (const operation of history) order.add(operation);
  order.finish();
}
