// A history of a register for tests of its view: many clients, some answers lost, and one read that is
// stale if wanted.

import { randomStream } from '../../src/base/random.js';
import type { Operation } from '../../src/check/history.js';
import { judgeLinearizable } from '../../src/check/linearizability/judge.js';
import { registerModel } from '../../src/check/linearizability/models/register-model.js';
import type {
  RegisterInput,
  RegisterOutput,
} from '../../src/check/linearizability/objects/register.js';
import { historyData } from '../../src/report/history-data.js';
import type { HistoryPage } from '../../src/report/history-html.js';

type RegisterOperation = Operation<RegisterInput, RegisterOutput>;

/** `count` operations of `clients`, each value written once; with a stale read nine tenths in. */
export function registerHistory(
  count: number,
  clients: number,
  stale: boolean,
): readonly RegisterOperation[] {
  const random = randomStream('3', 'history-view');
  const next = Array.from({ length: clients }, () => random.below(40));
  const history: RegisterOperation[] = [];
  let value: number | null = null;
  let victim = stale ? Math.floor(count * 0.9) : count;
  let clock = 0;
  for (let id = 0; id < count; id++) {
    const client = next.indexOf(Math.min(...next));
    // Effects in the order of calls, each at its call or just after the effect before.
    const callUs = next[client]!;
    clock = Math.max(clock + 1, callUs + 1);
    const returnUs = clock + 5 + random.below(90);
    next[client] = returnUs + 1 + random.below(20);
    const reads = random.below(3) > 0;
    const silent = !reads && random.below(600) === 0;
    if (!reads) value = id;
    let seen = value;
    if (id >= victim && reads) {
      const past = history.filter(
        ({ input, returnUs: end }) => input.kind === 'write' && end < callUs,
      );
      const old = past.at(-8)?.input;
      if (old?.kind === 'write') {
        seen = old.value;
        victim = count;
      }
    }
    history.push({
      id,
      client,
      input: reads ? { kind: 'read' } : { kind: 'write', value: id },
      output: silent ? null : reads ? { kind: 'read', value: seen } : { kind: 'write' },
      callUs,
      returnUs: silent ? Number.POSITIVE_INFINITY : returnUs,
      outcome: silent ? 'unknown' : 'ok',
    });
  }
  return history;
}

export function registerPage(count: number, clients: number, stale: boolean): HistoryPage {
  const history = registerHistory(count, clients, stale);
  const model = registerModel();
  const judgement = judgeLinearizable(history, model);
  return {
    title: 'register.log',
    verdict: judgement.verdict,
    model: model.name,
    facts: [
      { name: 'operations', value: String(count) },
      { name: 'clients', value: String(clients) },
      { name: 'steps', value: String(judgement.steps) },
    ],
    data: historyData(history, model, judgement),
  };
}
