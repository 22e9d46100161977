// Election timeouts that a plan names, by member or by member and term.

import { describe, expect, it } from 'vitest';
import { leaderChurn } from '../../scenarios/leader-churn.js';
import { type Plan, planSchema } from '../../src/scenario/plan.js';
import { runPlan } from '../../src/scenario/run.js';
import { compilePlan } from '../../src/scenario/scenario.js';

/** Who led which term. */
function reigns(plan: Plan): string[] {
  const terms = new Map<number, unknown>();
  const found: string[] = [];
  runPlan(plan, {
    trace: (event) => {
      if (event.kind !== 'state') return;
      if ('term' in event.state) terms.set(event.p, event.state.term);
      if (event.state.role === 'leader') found.push(`n${event.p} leads ${terms.get(event.p)}`);
    },
  });
  return found;
}

const drawn = compilePlan(leaderChurn, '3');
/** Nothing is left to chance but who campaigns; leaders are killed one after the other. */
const calm: Plan = {
  ...drawn,
  network: { ...drawn.network, tailUs: 0, lossPpm: 0, duplicatePpm: 0, reorderPpm: 0 },
  disks: drawn.disks.map((disk) => ({ ...disk, syncMeanUs: 0 })),
  knobs: { ...drawn.knobs, preVote: true },
  clients: [],
  faults: [0, 1, 2].map((atUs) => ({
    ...{ kind: 'kill', atUs, target: ['it'], downUs: 1_000_000 },
    waitFor: { event: 'election', thenUs: 50_000 },
  })),
  durationUs: 3_000_000,
  operationsMin: 0,
};
const least = calm.knobs.electionTicks;

describe('election timeouts by term', () => {
  it('decide who leads each term, whatever the seed', () => {
    for (const order of [
      [1, 2, 3, 4],
      [5, 3, 1, 2],
    ]) {
      const electionTicks = calm.disks.map((_, i) =>
        order.map((leader) => (leader === i + 1 ? least : 3 * least + i)),
      );
      for (const seed of ['1', '2', '3']) {
        const plan = { ...calm, seed, electionTicks };
        expect(planSchema.safeParse(plan).success).toBe(true);
        expect(reigns(plan).slice(0, 4)).toEqual(order.map((id, i) => `n${id} leads ${i + 1}`));
      }
    }
  });

  it('go on with the last of a list, and never fall below the least', () => {
    const first = [1, 2, 3, 4, 5].map((id) => (id === 2 ? [2] : [3 * least + id]));
    expect(reigns({ ...calm, faults: [], electionTicks: first })).toEqual(['n2 leads 1']);
  });

  it('stand beside timeouts that are the same every time', () => {
    const mixed = [[least], 4 * least, 4 * least + 1, 4 * least + 2, 4 * least + 3];
    expect(reigns({ ...calm, electionTicks: mixed })[0]).toBe('n1 leads 1');
  });
});
