// Fault shapes that are more than one fault at a random moment: what waits for elections, what comes in
// storms, and what strikes in several steps. All of it is plain data of the plan.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../src/base/trace.js';
import { type Fault, type Plan, planSchema } from '../../src/scenario/plan.js';
import { runPlan } from '../../src/scenario/run.js';
import { compilePlan, scenario } from '../../src/scenario/scenario.js';
import {
  anyTime,
  clog,
  crash,
  crashAtPoint,
  crashWhileSending,
  decay,
  flapping,
  interruptedCatchUp,
  isolateLeader,
  justElected,
  pause,
  repeatedly,
  rollingRestart,
  type Shape,
  slowMember,
  storms,
  successiveLeaders,
  swizzle,
  thenCrash,
  unheardLeader,
  when,
} from '../../src/scenario/shapes.js';
import { seconds } from '../../src/scenario/units.js';

const brief = [seconds(0.1), seconds(0.3)] as const;

const soon = { down: brief, after: [0, 500] } as const;

/** Shapes side by side. */
function together(...shapes: readonly Shape[]): Shape {
  return (setting) =>
    fc.tuple(...shapes.map((shape) => shape(setting))).map((faults) => faults.flat());
}

function labelOf(event: TraceEvent): string {
  return event.kind === 'fault' ? event.label : '';
}

function planOf(shape: Shape, seed = '1'): Plan {
  const one = scenario('shaped', { about: 'One shape.', duration: seconds(10), faults: [shape] });
  const plan = compilePlan(one, seed);
  expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  return plan;
}

/** Times of elections of a newer leader, and of faults that begin. */
function timesOf(plan: Plan): { elections: number[]; begins: number[] } {
  const elections: number[] = [];
  const begins: number[] = [];
  const terms = new Map<number, number>();
  let newest = 0;
  const trace = (event: TraceEvent): void => {
    if (event.kind === 'fault' && event.phase === 'begin') begins.push(event.t);
    if (event.kind !== 'state') return;
    if (event.state.term !== undefined) terms.set(event.p, Number(event.state.term));
    const term = terms.get(event.p) ?? 0;
    if (event.state.role !== 'leader' || term <= newest) return;
    newest = term;
    elections.push(event.t);
  };
  runPlan(plan, { trace });
  return { elections, begins };
}

describe('a fault that waits for an election', () => {
  it('begins so long after it, one fault an election, in the order in which they wait', () => {
    const leaders = [isolateLeader({ for: brief })];
    const faults = successiveLeaders({ count: [4, 4], after: [1_000, 50_000], faults: leaders });
    const plan = planOf(repeatedly(faults, [1, 1]));
    const [first, ...waiting] = plan.faults;
    expect(first!.waitFor).toBeUndefined();
    const { elections, begins } = timesOf(plan);
    const later = elections.filter((atUs) => atUs >= first!.atUs);
    expect(begins.length).toBeGreaterThan(1);
    const due = waiting.map((fault, i) => (later[i] ?? Number.NaN) + fault.waitFor!.thenUs);
    expect(begins.slice(1)).toEqual(due.slice(0, begins.length - 1));
  });

  it('never begins if there is none', () => {
    const plan = planOf(repeatedly(justElected(isolateLeader({ for: brief }), [0, 0]), [1, 1]));
    const { elections, begins } = timesOf(plan);
    expect(elections.filter((atUs) => atUs > plan.faults[0]!.atUs)).toEqual([]);
    expect(begins).toEqual([]);
  });
});

describe('a fault that waits for what happens to a member', () => {
  /** The trace of a run, and where each fault begins in it. */
  function traceOf(plan: Plan): { trace: TraceEvent[]; begins: number[] } {
    const trace: TraceEvent[] = [];
    const result = runPlan(plan, { trace: (event) => trace.push(event) });
    expect(result.verdict, result.reason).toBe('pass');
    const begins = trace.flatMap((event, i) =>
      event.kind === 'fault' && event.phase === 'begin' ? [i] : [],
    );
    return { trace, begins };
  }

  it.each(['append', 'promise', 'apply'] as const)('strikes that member: %s', (event) => {
    const shape = crashAtPoint({ points: [event], how: 'kill', down: brief, after: [0, 0] });
    const { trace, begins } = traceOf(planOf(repeatedly(shape, [6, 6])));
    expect(begins.length).toBeGreaterThan(3);
    for (const i of begins) {
      const begin = trace[i]!;
      if (begin.kind !== 'fault') throw new Error('a fault begins');
      const [it] = begin.processes;
      const cause = trace.slice(Math.max(0, i - 40), i).some((before) => {
        if (before.t !== begin.t) return false;
        if (before.kind === 'send' && event === 'promise') return before.from === it;
        const field = event === 'append' ? 'last' : 'applied';
        return before.kind === 'state' && before.p === it && before.state[field] !== undefined;
      });
      expect(cause, `fault at ${begin.t}`).toBe(true);
    }
  });

  it('strikes a member that starts again, before it runs', () => {
    const shape = together(
      repeatedly(crash({ how: 'kill', who: 'one', down: brief }), [6, 6]),
      repeatedly(when('boot', pause({ for: brief }), [0, 0]), [6, 6]),
    );
    const { trace, begins } = traceOf(planOf(shape));
    const paused = begins.filter((i) => labelOf(trace[i]!).startsWith('pause'));
    expect(paused.length).toBeGreaterThan(3);
    for (const i of paused) {
      const begin = trace[i]!;
      const boot = trace.slice(0, i).findLast(({ kind }) => kind === 'boot')!;
      expect(begin.t - boot.t).toBe(0);
      expect(begin).toMatchObject({ processes: [(boot as { p: number }).p] });
    }
  });

  it('strikes a member that asks for what damage has taken, and its links if it is aimed at those', () => {
    const shape = together(
      repeatedly(thenCrash(decay('bit-rot', { who: [1] }), { ...soon, how: 'kill' }), [8, 8]),
      repeatedly(when('repair', clog({ for: brief }), [0, 0]), [4, 4]),
    );
    const { trace, begins } = traceOf(planOf(shape));
    const clogs = begins.filter((i) => labelOf(trace[i]!).startsWith('links'));
    expect(clogs.length).toBeGreaterThan(0);
    for (const i of clogs) {
      const asks = (event: TraceEvent): boolean =>
        event.kind === 'send' && event.from === 1 && event.label.startsWith('log-request');
      expect(trace.slice(0, i).some((event) => event.t === trace[i]!.t && asks(event))).toBe(true);
      expect(trace[i]).toMatchObject({ processes: [1] });
    }
  });

  it('may come at any time, or at one of several events', () => {
    const shape = anyTime(pause({ for: brief }), ['boot', 'snapshot'], [0, 10]);
    const { faults } = planOf(repeatedly(shape, [60, 60]));
    const events = faults.map(({ waitFor }) => waitFor?.event ?? 'none');
    expect([...new Set(events)].sort()).toEqual(['boot', 'none', 'snapshot']);
  });

  it('kills a member that has sent a part of its messages', () => {
    const shape = crashWhileSending({ messages: [1, 3], down: brief });
    const { trace } = traceOf(planOf(repeatedly(shape, [6, 6])));
    const kills = trace.filter((event) => event.kind === 'down' && event.cause === 'kill');
    expect(kills.length).toBeGreaterThan(3);
    for (const kill of kills) expect(kill).toMatchObject({ reason: 'killed while it sent' });
  });
});

describe('several faults in a pattern', () => {
  it('flapping: the same fault again and again, with pauses', () => {
    const shape = flapping(isolateLeader({ for: brief }), { times: [4, 4], pause: brief });
    const { faults } = planOf(repeatedly(shape, [1, 1]));
    expect(faults).toHaveLength(4);
    const gaps = faults.slice(1).map(({ atUs }, i) => atUs - faults[i]!.atUs);
    expect(new Set(gaps).size).toBe(1);
    expect(gaps[0]).toBeGreaterThanOrEqual(seconds(0.2));
  });

  it('swizzle: members leave one by one, and come back one by one in another order', () => {
    let reordered = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const shape = repeatedly(swizzle({ how: 'isolate', step: brief }), [1, 1]);
      const { faults } = planOf(shape, String(seed));
      const leaves = faults.map((fault) => ({
        out: fault.atUs,
        back: fault.atUs + ('forUs' in fault ? fault.forUs : 0),
      }));
      expect(new Set(leaves.map(({ back }) => back)).size).toBe(faults.length);
      const lastOut = Math.max(...leaves.map(({ out }) => out));
      expect(leaves.every(({ back }) => back > lastOut)).toBe(true);
      const sorted = [...leaves].sort((a, b) => a.back - b.back);
      if (sorted.some(({ out }, i) => out !== leaves[i]!.out)) reordered += 1;
    }
    expect(reordered).toBeGreaterThan(3);
  });

  it('a slow member: its disk, and every link from it', () => {
    const shape = slowMember({ for: brief, extra: [1000, 2000] });
    const { faults } = planOf(repeatedly(shape, [1, 1]));
    expect(faults.map(({ kind }) => kind)).toEqual(['degrade', 'disk-throttle']);
  });
});

describe('storms', () => {
  it('leave the end of every cycle calm', () => {
    const often = repeatedly(isolateLeader({ for: brief }), [200, 200]);
    const shape = storms({ every: seconds(2), calm: [seconds(0.5), seconds(0.5)] }, often);
    const { faults } = planOf(shape);
    expect(faults).toHaveLength(200);
    const inCycle = faults.map(({ atUs }) => (atUs - seconds(1)) % seconds(2));
    expect(Math.max(...inCycle)).toBeLessThan(seconds(1.5));
    expect(Math.max(...inCycle)).toBeGreaterThan(seconds(1.3));
  });
});

describe('an incident', () => {
  const at = (faults: readonly Fault[]): number[] => faults.map(({ atUs }) => atUs);

  it('restarts a majority one by one', () => {
    const { faults } = planOf(repeatedly(rollingRestart({ down: brief, pause: brief }), [1, 1]));
    expect(faults).toHaveLength(3);
    expect(new Set(faults.map((fault) => 'target' in fault && fault.target[0])).size).toBe(3);
    const [a, b, c] = at(faults);
    expect(b! - a!).toBeGreaterThanOrEqual(seconds(0.2));
    expect(c! - b!).toBe(b! - a!);
  });

  it('strikes again after a member was cut off', () => {
    const shape = repeatedly(interruptedCatchUp({ cutOff: brief, back: brief }), [1, 1]);
    const { faults } = planOf(shape);
    expect(faults.map(({ kind }) => kind)[0]).toBe('isolate');
    expect(at(faults)[1]! - at(faults)[0]!).toBeGreaterThanOrEqual(seconds(0.2));
  });

  it('silences a leader whose answers come late', () => {
    const options = { steps: [3, 3], later: brief, for: brief } as const;
    const { faults } = planOf(repeatedly(unheardLeader(options), [1, 1]));
    expect(faults.map(({ kind }) => kind)).toEqual(['degrade', 'degrade', 'degrade', 'isolate']);
    const ends = faults.map((fault) => ('forUs' in fault ? fault.atUs + fault.forUs : 0));
    expect(new Set(ends).size).toBe(1);
  });

  it('may strike down whoever is elected', () => {
    const how = { how: 'power-loss', who: 'leader', down: brief } as const;
    const { faults } = planOf(repeatedly(justElected(crash(how), [0, 1_000]), [5, 5]));
    expect(faults.every(({ waitFor }) => waitFor!.thenUs <= 1_000)).toBe(true);
  });
});
