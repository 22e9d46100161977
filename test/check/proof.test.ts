// Proofs of violations: what the verifier accepts is a violation by definition, every violation gets a
// proof, and the rules by which models leave operations out hold on tens of thousands of histories.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import type { Operation } from '../../src/check/history.js';
import { judgeLinearizable } from '../../src/check/linearizability/judge.js';
import type { Model } from '../../src/check/linearizability/model.js';
import { etcdModel } from '../../src/check/linearizability/models/etcd-model.js';
import { kvModel } from '../../src/check/linearizability/models/kv-model.js';
import { multiRegisterModel } from '../../src/check/linearizability/models/multi-register-model.js';
import { mutexModel } from '../../src/check/linearizability/models/mutex-model.js';
import { queueModel } from '../../src/check/linearizability/models/queue-model.js';
import { registerModel } from '../../src/check/linearizability/models/register-model.js';
import { setModel } from '../../src/check/linearizability/models/set-model.js';
import type { SetInput, SetOutput } from '../../src/check/linearizability/objects/set.js';
import { verifyCertificate } from '../../src/check/linearizability/proof/certificate.js';
import { exhaust } from '../../src/check/linearizability/proof/exhaustive.js';
import type { Weakening } from '../../src/check/linearizability/proof/weakening.js';
import { weaken } from '../../src/check/linearizability/proof/weakening.js';
import { anyWeakening } from './any-weakening.js';
import { isLinearizable } from './brute-force.js';
import {
  elementWorkload,
  plainMutexWorkload,
  plainQueueWorkload,
  plainRegistersWorkload,
  plainSetWorkload,
  singleRegistersWorkload,
} from './plain-workloads.js';
import type { Workload } from './small-histories.js';
import { etcdWorkload, kvWorkload, registerWorkload, smallHistory } from './small-histories.js';

const STEPS_MAX = 1_000_000;

interface Case<S, I, O> {
  readonly name: string;
  readonly workload: Workload<I, O>;
  readonly model: Model<S, I, O>;
}

function proves<S, I, O>({ name, workload, model }: Case<S, I, O>): void {
  it(`proves each verdict on a ${name}`, () => {
    const random = randomStream('11', `proof/${name}`);
    let violations = 0;
    let coreSum = 0;
    for (let i = 0; i < 2000; i++) {
      const history = smallHistory(workload, random, 7);
      const judgement = judgeLinearizable(history, model);
      const { certificate, verdict, explanation } = judgement;
      if (certificate === null)
        expect.fail(`${verdict} without proof: ${judgement.reason}\n${show(history)}`);
      const verification = verifyCertificate(history, model, certificate);
      if (verification.kind !== 'verified') {
        expect.fail(`${verdict} ${verification.kind}: ${verification.why}\n${show(history)}`);
      }
      expect(verdict === 'ok').toBe(isLinearizable(history, model));
      if (explanation === null) continue;
      violations++;
      coreSum += judgement.core.length;
      expect(judgement.core).toContain(explanation.culprit);
      expect(judgement.reason).not.toBe('');
      isMinimal(history, model, explanation.weakening);
    }
    expect(violations).toBeGreaterThan(80);
    expect(coreSum / violations).toBeLessThan(3);
  });
}

/** No answer of a core can be dropped, nor its effect made optional. */
function isMinimal<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  weakening: Weakening,
): void {
  for (const id of weakening.answered) {
    const answered = weakening.answered.filter((other) => other !== id);
    for (const optional of [weakening.optional, [...weakening.optional, id]]) {
      const less = weaken(history, model, { ...weakening, answered, optional });
      if (typeof less === 'string') continue;
      expect(exhaust(less.operations, less.model, STEPS_MAX).linearizable).toBe(true);
    }
  }
}

/** Whatever weakening is proposed for a legal history: it is refused, or it has a legal order. */
function isSound<S, I, O>({ name, workload, model }: Case<S, I, O>): void {
  it(`lets nothing prove a violation of a legal history of a ${name}`, () => {
    const random = randomStream('12', `sound/${name}`);
    let accepted = 0;
    let refused = 0;
    for (let i = 0; i < 6000; i++) {
      const history = smallHistory(workload, random, 7);
      if (!isLinearizable(history, model)) continue;
      for (let k = 0; k < 6; k++) {
        const weakening = anyWeakening(history, random, model);
        const weakened = weaken(history, model, weakening);
        if (typeof weakened === 'string') {
          refused++;
          continue;
        }
        accepted++;
        const certificate = { kind: 'core', weakening } as const;
        if (verifyCertificate(history, model, certificate).kind === 'verified') {
          expect.fail(`${JSON.stringify(weakening)}\n${show(history)}`);
        }
      }
    }
    expect(accepted).toBeGreaterThan(1000);
    expect(refused).toBeGreaterThan(1000);
  });
}

function show(history: readonly Operation<unknown, unknown>[]): string {
  return history.map((operation) => JSON.stringify(operation)).join('\n');
}

describe('proofs', () => {
  const cases = [
    { name: 'register', workload: registerWorkload, model: registerModel() },
    { name: 'kv store', workload: kvWorkload, model: kvModel() },
    { name: 'etcd store', workload: etcdWorkload, model: etcdModel() },
    { name: 'set', workload: plainSetWorkload, model: setModel() },
    { name: 'set by element', workload: elementWorkload, model: setModel() },
    { name: 'queue', workload: plainQueueWorkload, model: queueModel() },
    { name: 'lock', workload: plainMutexWorkload, model: mutexModel() },
    { name: 'few registers', workload: plainRegistersWorkload, model: multiRegisterModel() },
    { name: 'register by key', workload: singleRegistersWorkload, model: multiRegisterModel() },
  ] as readonly Case<unknown, unknown, unknown>[];
  for (const one of cases) {
    proves(one);
    isSound(one);
  }

  it('do not say of a whole set what they know of one element', () => {
    const elements = [1, 2, 3].map((element, id) => ({
      ...{ id, client: 0, input: { kind: 'add', element }, output: { kind: 'add' } },
      ...{ callUs: 10 * id, returnUs: 10 * id + 5, outcome: 'ok' },
    }));
    const read = {
      ...{ id: 3, client: 1, input: { kind: 'read' }, callUs: 40, returnUs: 45, outcome: 'ok' },
      output: { kind: 'read', elements: [1, 3] },
    };
    const history = [...elements, read] as Operation<SetInput, SetOutput>[];
    expect(judgeLinearizable(history, setModel()).reason).toBe(
      'read -> {1, 3} by c1 cannot follow what add 2 by c0 had completed before it began: the set is {2}, as far as 2 is concerned',
    );
  });
});
