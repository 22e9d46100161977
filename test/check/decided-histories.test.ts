// Queues, sets, growing texts and registers whose values have one writer: each layer agrees with brute force, its orders
// are replayed, and long histories of many clients, which a search cannot go through, are decided with a proof.

import { describe, expect, it } from 'vitest';
import { type Random, randomStream } from '../../src/base/random.js';
import type { Operation } from '../../src/check/history.js';
import { judgeLinearizable } from '../../src/check/linearizability/judge.js';
import type { Model } from '../../src/check/linearizability/model.js';
import { kvModel } from '../../src/check/linearizability/models/kv-model.js';
import { multiRegisterModel } from '../../src/check/linearizability/models/multi-register-model.js';
import { queueModel } from '../../src/check/linearizability/models/queue-model.js';
import { setModel } from '../../src/check/linearizability/models/set-model.js';
import { verifyCertificate } from '../../src/check/linearizability/proof/certificate.js';
import { isLinearizable } from './brute-force.js';
import {
  growingSet,
  growingText,
  uniqueQueue,
  uniqueRegisters,
} from './single-writer-workloads.js';
import type { Workload } from './small-histories.js';
import { RARE_ANSWERS, SOME_ANSWERS, smallHistory } from './small-histories.js';

interface Case<S, I, O> {
  readonly name: string;
  readonly workload: () => Workload<I, O>;
  readonly model: Model<S, I, O>;
}

const CASES = [
  { name: 'queue', workload: uniqueQueue, model: queueModel() },
  { name: 'set', workload: growingSet, model: setModel() },
  { name: 'text', workload: growingText, model: kvModel() },
  { name: 'few registers', workload: uniqueRegisters, model: multiRegisterModel() },
] as readonly Case<unknown, unknown, unknown>[];

/** Clients that each do one operation after another, on an object that answers wrongly now and then. */
function longHistory<I, O>(
  workload: Workload<I, O>,
  random: Random,
  {
    clients,
    count,
    unknownOf100,
    wrongOf1000,
  }: Record<'clients' | 'count' | 'unknownOf100' | 'wrongOf1000', number>,
): Operation<I, O>[] {
  const free = Array.from({ length: clients }, () => random.below(20));
  const plan = Array.from({ length: count }, (_, id) => {
    const client = free.indexOf(Math.min(...free));
    const callUs = free[client]!;
    const returnUs = callUs + 1 + random.below(30);
    free[client] = returnUs + 1 + random.below(6);
    const isKnown = random.below(100) >= unknownOf100;
    const atUs = callUs + random.below(isKnown ? returnUs - callUs + 1 : 200);
    const happens = isKnown || random.below(2) === 0;
    return { id, client, callUs, returnUs, isKnown, happens, atUs, input: workload.input(random) };
  });
  const target = workload.target();
  let old = target.fork();
  const outputs = new Map<number, O>();
  for (const one of [...plan].sort((a, b) => a.atUs - b.atUs || a.id - b.id)) {
    const isWrong = random.below(1000) < wrongOf1000;
    if (one.happens) outputs.set(one.id, (isWrong ? old : target).apply(one.input));
    if (random.below(20) === 0) old = target.fork();
  }
  return plan.map(({ id, client, input, callUs, returnUs, isKnown }) => ({
    id,
    client: isKnown ? client : clients + id,
    input,
    output: isKnown ? outputs.get(id)! : null,
    callUs,
    returnUs: isKnown ? returnUs : Number.POSITIVE_INFINITY,
    outcome: isKnown ? 'ok' : 'unknown',
  }));
}

describe('histories that need no search', () => {
  it.each(CASES)('are judged as by brute force: a $name', ({ name, workload, model }) => {
    const random = randomStream('1', `decided/${name}`);
    const decided = { ok: 0, violation: 0 };
    for (let i = 0; i < 3000; i++) {
      const answers = i % 2 === 0 ? SOME_ANSWERS : RARE_ANSWERS;
      const history = smallHistory(workload(), random, 7, i % 4 < 2 ? undefined : answers);
      const real = history
        .filter(({ outcome }) => outcome !== 'fail')
        .sort((a, b) => a.callUs - b.callUs);
      const answer = model.decide!(real, model.init());
      if (answer === null) continue;
      decided[answer.verdict]++;
      const shown = history.map((operation) => JSON.stringify(operation)).join('\n');
      expect(answer.verdict, shown).toBe(isLinearizable(history, model) ? 'ok' : 'violation');
      if (answer.verdict === 'violation') continue;
      const orders = [{ partition: name === 'text' ? 'x' : null, ids: answer.ids }];
      const certificate = { kind: 'order', orders } as const;
      expect(verifyCertificate(history, model, certificate), shown).toEqual({ kind: 'verified' });
    }
    expect(decided.ok).toBeGreaterThan(1000);
    expect(decided.violation).toBeGreaterThan(200);
  });

  it.each(CASES)(
    'are decided and proved when they are long: a $name',
    ({ name, workload, model }) => {
      const random = randomStream('2', `long/${name}`);
      const verdicts = new Set<string>();
      for (let i = 0; i < 12; i++) {
        const history = longHistory(workload(), random, {
          clients: i % 2 === 0 ? 20 : 50,
          count: 300,
          unknownOf100: name === 'queue' ? 0 : 5,
          wrongOf1000: i % 3 === 0 ? 0 : 10,
        });
        const { verdict, certificate } = judgeLinearizable(history, model);
        verdicts.add(verdict);
        expect(verifyCertificate(history, model, certificate!)).toEqual({ kind: 'verified' });
        if (i % 3 === 0) expect(verdict).toBe('ok');
      }
      expect([...verdicts].sort()).toEqual(['ok', 'violation']);
    },
  );
});
