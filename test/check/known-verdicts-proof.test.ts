// Every certificate over the histories with known verdicts is re-checked by the verifier, which shares no
// code with the search.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseJepsenRegisterLog } from '../../src/check/format/jepsen-register-log.js';
import { parsePorcupineKv } from '../../src/check/format/porcupine-kv.js';
import type { Operation } from '../../src/check/history.js';
import { judgeLinearizable } from '../../src/check/linearizability/judge.js';
import type { Model } from '../../src/check/linearizability/model.js';
import { kvModel } from '../../src/check/linearizability/models/kv-model.js';
import { registerModel } from '../../src/check/linearizability/models/register-model.js';
import { verifyCertificate } from '../../src/check/linearizability/proof/certificate.js';

const DIRECTORY = 'test/data/histories/porcupine';

interface Proved {
  readonly verdict: string;
  readonly core: number;
  readonly reason: string;
}

function prove<S, I, O>(
  file: string,
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  pruned: Model<S, I, O>,
): Proved {
  const judgement = judgeLinearizable(history, model, { pruned });
  const { certificate, verdict, core, reason } = judgement;
  if (certificate === null) expect.fail(`${file}: ${verdict} without a certificate`);
  const verification = verifyCertificate(history, model, certificate);
  if (verification.kind !== 'verified') expect.fail(`${file}: ${verification.why}`);
  return { verdict, core: core.length, reason };
}

function summary(proved: readonly Proved[]) {
  const violations = proved.filter(({ verdict }) => verdict === 'violation');
  return {
    verified: proved.length,
    violations: violations.length,
    largestCore: Math.max(...violations.map(({ core }) => core)),
  };
}

describe('certificates of histories with known verdicts', () => {
  it('are verified for the registers of Jepsen', () => {
    const proved = files('', '.log').map((file) => {
      const history = parseJepsenRegisterLog(readFileSync(file, 'utf8'));
      return prove(file, history, registerModel(), registerModel());
    });
    expect(summary(proved)).toMatchInlineSnapshot(`
      {
        "largestCore": 5,
        "verified": 52,
        "violations": 41,
      }
    `);
  });

  it('are verified for the key-value store', () => {
    const proved = files('', '.txt').map((file) => {
      const history = parsePorcupineKv(readFileSync(file, 'utf8'));
      return prove(file, history, kvModel(), kvModel({ history }));
    });
    expect(summary(proved)).toMatchInlineSnapshot(`
      {
        "largestCore": 2,
        "verified": 4,
        "violations": 1,
      }
    `);
  });
});

function files(folder: string, ending: string): readonly string[] {
  return readdirSync(`${DIRECTORY}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => `${DIRECTORY}/${folder}${name}`);
}
