// Campaigns in one thread: order, early ends. Campaigns in many threads run in test/cli/built.test.ts,
// since a thread needs the built files.

import { expect, test } from 'vitest';
import { runCampaign } from '../../src/fuzz/campaign.js';
import { eachSeedOf } from '../../src/fuzz/schedule.js';
import { firstSeeds } from '../../src/fuzz/seeds.js';
import { fakeEngine, fakeScenario } from './fake-engine.js';

function campaign(signal: AbortSignal, disturb = () => 0) {
  return runCampaign({
    explorer: eachSeedOf(
      ['one', 'two'].map((name) => ({ scenario: fakeScenario(name), file: '' })),
      firstSeeds(3),
    ),
    jobs: 1,
    wire: true,
    checkDeterminism: false,
    marks: false,
    engine: fakeEngine({ disturb }),
    signal,
  });
}

async function names(outcomes: ReturnType<typeof campaign>): Promise<string[]> {
  const seen: string[] = [];
  for await (const outcome of outcomes) {
    if (outcome.kind === 'run') seen.push(`${outcome.result.scenario} ${outcome.result.seed}`);
  }
  return seen;
}

test('outcomes come by scenario, then by seed', async () => {
  const { signal } = new AbortController();
  const order = ['one 1', 'one 2', 'one 3', 'two 1', 'two 2', 'two 3'];
  expect(await names(campaign(signal))).toEqual(order);
});

test('an aborted campaign ends after the run at hand', async () => {
  const abort = new AbortController();
  let runs = 0;
  const outcomes = campaign(abort.signal, () => {
    if (++runs === 2) abort.abort('SIGINT');
    return 0;
  });
  expect(await names(outcomes)).toEqual(['one 1', 'one 2']);
});

test('signals are served between two runs', async () => {
  const abort = new AbortController();
  setTimeout(() => abort.abort('SIGINT'), 0);
  const { signal } = abort;
  const outcomes = runCampaign({
    explorer: eachSeedOf([{ scenario: fakeScenario(), file: '' }], firstSeeds(1_000_000)),
    jobs: 1,
    wire: true,
    checkDeterminism: false,
    marks: false,
    engine: fakeEngine(),
    signal,
  });
  expect((await names(outcomes)).length).toBeLessThan(1000);
});
