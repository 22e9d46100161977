// Runs of which only a core is healed: what is healed, what stays broken for good, and that a core which makes
// no progress without an excuse is a failure.

import { describe, expect, it } from 'vitest';
import { quorumCore } from '../../scenarios/quorum-core.js';
import { quorumCoreDamage } from '../../scenarios/quorum-core-damage.js';
import type { TraceEvent } from '../../src/base/trace.js';
import { type Fault, type Plan, planSchema } from '../../src/scenario/plan.js';
import { runPlan } from '../../src/scenario/run.js';
import { compilePlan } from '../../src/scenario/scenario.js';
import { seconds } from '../../src/scenario/units.js';

const END_US = seconds(3);
const FOR_GOOD_US = seconds(60);

/** Five members of which the first three are the core. */
function planOf(faults: readonly Fault[]): Plan {
  const drawn = compilePlan(quorumCore, '1');
  const knobs = { ...drawn.knobs, tickUs: 20_000, electionTicks: 10 };
  return {
    ...drawn,
    knobs,
    faults: [...faults],
    core: [1, 2, 3],
    durationUs: END_US,
    operationsMin: 1,
  };
}

function trace(plan: Plan): { readonly verdict: string; readonly events: TraceEvent[] } {
  const events: TraceEvent[] = [];
  const { verdict, reason } = runPlan(plan, { trace: (event) => void events.push(event) });
  return { verdict: reason === '' ? verdict : `${verdict}: ${reason}`, events };
}

const at = { atUs: seconds(2), forUs: FOR_GOOD_US };

describe('a plan with a core', () => {
  it('names a quorum, each member once, and has pre-votes', () => {
    const plan = planOf([]);
    const isValid = (changed: Partial<Plan>): boolean =>
      planSchema.safeParse({ ...plan, ...changed }).success;
    expect(isValid({})).toBe(true);
    expect(isValid({ core: [1, 2] })).toBe(false);
    expect(isValid({ core: [1, 2, 2] })).toBe(false);
    expect(isValid({ core: [1, 2, 6] })).toBe(false);
    expect(isValid({ knobs: { ...plan.knobs, preVote: false } })).toBe(false);
  });

  it('is drawn with a quorum or more, never with everybody', () => {
    const sizes = new Set<number>();
    for (let seed = 1; seed <= 50; seed++) {
      const plan = planSchema.parse(compilePlan(quorumCore, String(seed)));
      sizes.add(plan.core!.length);
    }
    expect([...sizes].sort()).toEqual([3, 4]);
  });
});

describe('the end of a run with a core', () => {
  it('brings the members of the core back, and nobody else', () => {
    const all = [1, 2, 3, 4, 5];
    const { verdict, events } = trace(
      planOf([{ kind: 'kill', atUs: seconds(2), target: all, downUs: seconds(2) }]),
    );
    expect(verdict).toBe('pass');
    const booted = events.flatMap((event) =>
      event.kind === 'boot' && event.t >= END_US && event.p <= 5 ? [event.p] : [],
    );
    expect(booted.sort()).toEqual([1, 2, 3]);
  });

  it('mends links within the core, and leaves cut what leads out of it', () => {
    const { verdict, events } = trace(
      planOf([{ kind: 'split', ...at, groups: [[1, 4], [2, 5], [3]], clients: 'both' }]),
    );
    expect(verdict).toBe('pass');
    const cut = new Set(
      events.flatMap((event) =>
        event.kind === 'drop' && event.reason === 'partition' && event.t > END_US
          ? [[event.from, event.to].sort().join('-')]
          : [],
      ),
    );
    for (const link of ['1-2', '1-3', '2-3', '1-4', '2-5']) expect(cut).not.toContain(link);
    expect(cut.size).toBeGreaterThan(0);
  });

  it('passes with everybody asleep, deaf, mute, behind held links, or at a slow or full disk', () => {
    const target = [1, 2, 3, 4, 5];
    const faults: Fault[] = [
      { kind: 'pause', ...at, target },
      { kind: 'clog', ...at, from: [], to: [] },
      { kind: 'disk-stall', ...at, target },
      { kind: 'disk-throttle', ...at, target, factor: 100 },
      { kind: 'disk-full', ...at, target },
      { kind: 'clock-drift', ...at, target, ppm: -500_000 },
      { kind: 'isolate', ...at, target: [4, 5], direction: 'in', clients: 'both' },
      { kind: 'isolate', ...at, target: [4, 5], direction: 'out', clients: 'both' },
    ];
    for (const fault of faults) {
      const { verdict } = trace(planOf([fault]));
      expect(verdict, fault.kind).toBe('pass');
    }
  });

  it('says why it was legal that the core made no progress', () => {
    // Whoever leads outside is heard by a quorum, which therefore elects nobody whom the rest could hear.
    const plan = planOf([
      { kind: 'kill', atUs: seconds(1), target: [1, 2, 3], downUs: seconds(0.1) },
      { kind: 'split', ...at, groups: [['leader'], [1]], clients: 'both' },
    ]);
    const reasons: string[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const { verdict, reason } = runPlan({ ...plan, seed: String(seed) });
      expect(verdict, `${seed}: ${reason}`).toBe('pass');
      if (reason !== '') reasons.push(reason);
    }
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) {
      expect(reason).toMatch(/^legally stuck: n[45], outside the core, .* is cut off from n1$/);
    }
  });

  it('says so if disks of the core broke their promises and nobody else is left', () => {
    const plan = planOf([
      { kind: 'wipe', atUs: seconds(2), target: [1], downUs: seconds(0.1) },
      { kind: 'kill', atUs: seconds(2.5), target: [4, 5], downUs: FOR_GOOD_US },
    ]);
    const { verdict, reason } = runPlan(plan);
    expect(verdict, reason).toBe('pass');
    expect(reason).toMatch(/^legally stuck: the disk of n\d broke its promises; that leaves 2/);
  });

  it('says so if an entry is damaged that nobody else in the core has', () => {
    // n2 misses what n1 and n3 agree on; then n3 is gone, and the log of n1 rots.
    const rot: Fault = { kind: 'bit-rot', atUs: seconds(2.9), target: [1], path: 'wal/' };
    const faults: Fault[] = [
      {
        kind: 'isolate',
        atUs: seconds(1),
        forUs: FOR_GOOD_US,
        target: [2],
        direction: 'both',
        clients: 'both',
      },
      { kind: 'kill', atUs: seconds(2.8), target: [3], downUs: FOR_GOOD_US },
      ...new Array<Fault>(8).fill(rot),
      { kind: 'power-loss', atUs: seconds(2.95), target: [1], downUs: FOR_GOOD_US },
    ];
    const plan = planOf(faults);
    const three: Plan = {
      ...plan,
      members: 3,
      core: [1, 2],
      damage: 'nodes',
      disks: plan.disks.slice(0, 3),
      clocks: plan.clocks.slice(0, 3),
    };
    const reasons: string[] = [];
    for (let seed = 1; seed <= 12; seed++) {
      const { verdict, reason } = runPlan({ ...three, seed: String(seed) });
      expect(verdict, `${seed}: ${reason}`).toBe('pass');
      if (reason !== '') reasons.push(reason);
    }
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) {
      expect(reason).toMatch(/^legally stuck: entry \d+ of term \d+ is damaged on n1, and nobody/);
    }
  });

  it('is spared the loss of the newest vote, which nobody could give back', () => {
    // Here pages of zeros come while the machine is off, with one page in use in the newest segment.
    const plan = compilePlan(quorumCoreDamage, '1597');
    const zeroed = plan.faults.filter(({ kind }) => kind === 'zeroed');
    expect(zeroed.length).toBeGreaterThan(0);
    const { verdict, events } = trace(plan);
    expect(verdict).toBe('pass');
    expect(JSON.stringify(events)).not.toContain('nothing tells what it held');
  });
});
