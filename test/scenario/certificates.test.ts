// The verdict on the history of a simulated run has a certificate that the verifier re-checks, and so has
// the verdict on the same history with one answer falsified.

import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/check/history.js';
import {
  judgeLinearizable,
  type LinearizabilityJudgement,
} from '../../src/check/linearizability/judge.js';
import { etcdModel } from '../../src/check/linearizability/models/etcd-model.js';
import { verifyCertificate } from '../../src/check/linearizability/proof/certificate.js';
import type { KvRequest, KvResult } from '../../src/etcdpb/kv.js';
import { runPlan } from '../../src/scenario/run.js';
import { compilePlan, type Scenario } from '../../src/scenario/scenario.js';

type KvOperation = Operation<KvRequest, KvResult>;

interface Judged {
  readonly history: readonly KvOperation[];
  readonly judgement: LinearizabilityJudgement;
}

async function judged(name: string, seed: string): Promise<Judged> {
  const module = (await import(`../../scenarios/${name}.ts`)) as Record<string, Scenario>;
  const all: Judged[] = [];
  runPlan(compilePlan(Object.values(module)[0]!, seed), {
    onHistory: (history, judgement) => all.push({ history, judgement }),
  });
  const last = all.at(-1);
  if (last === undefined) expect.fail(`${name} has no judged history`);
  return last;
}

/** One get in the middle shows the revision before its own. */
function falsified(history: readonly KvOperation[]): readonly KvOperation[] | null {
  const reads = history.filter(
    ({ input, output, outcome }) =>
      outcome === 'ok' &&
      output?.ok === true &&
      output.response.kind === 'range' &&
      output.response.revision > 5 &&
      input.kind === 'range' &&
      input.revision === 0 &&
      !input.serializable,
  );
  const victim = reads[reads.length >> 1];
  if (victim === undefined || victim.output?.ok !== true) return null;
  const response = { ...victim.output.response, revision: 2 };
  const output = { ok: true, response } as KvResult;
  return history.map((operation) => (operation === victim ? { ...operation, output } : operation));
}

describe('certificates of simulated runs', () => {
  const names = readdirSync('scenarios')
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -'.ts'.length));

  it.each(names)('%s has them verified', async (name) => {
    const { history, judgement } = await judged(name, '3');
    expect(judgement.verdict).toBe('ok');
    const { certificate } = judgement;
    expect(verifyCertificate(history, etcdModel(), certificate!)).toEqual({ kind: 'verified' });

    const wrong = falsified(history);
    if (wrong === null) expect.fail('no read to falsify');
    const violation = judgeLinearizable(wrong, etcdModel(), { pruned: etcdModel(wrong) });
    expect(violation.verdict).toBe('violation');
    expect(violation.core.length).toBeLessThanOrEqual(10);
    const proof = verifyCertificate(wrong, etcdModel(), violation.certificate!);
    expect(proof).toEqual({ kind: 'verified' });
  });
});
