// Where two runs part: the first differing event, or as near as hashes tell.

import { describe, expect, test } from 'vitest';
import { ofSeed } from '../../src/fuzz/candidate.js';
import { compareRecorded, compareResults, traceLine } from '../../src/fuzz/divergence.js';
import { executeCandidate } from '../../src/fuzz/execute.js';
import { fakeEngine, fakeScenario } from './fake-engine.js';

const scenario = fakeScenario();
const once = { wire: true, checkDeterminism: false, marks: false, signature: false };
const twice = { wire: true, checkDeterminism: true, marks: false, signature: false };

function resultOf(seed: string) {
  const engine = fakeEngine();
  return engine.runPlan(engine.compilePlan(scenario, seed));
}

describe('comparing results', () => {
  test('a run equals itself', () => {
    expect(compareResults(resultOf('1'), resultOf('1'))).toBeNull();
  });

  test('the first differing link of the hash chain names its interval and both hashes', () => {
    const a = resultOf('1');
    const b = { ...a, hashChain: [a.hashChain[0]!, 'dead'], traceHash: 'beef' };
    const [, second] = a.hashChain;
    expect(compareResults(a, b)).toEqual({
      place: 'events 1001 to 2000',
      first: second,
      second: 'dead',
    });
  });

  test('a difference after the last link is found by the trace hash', () => {
    const a = resultOf('1');
    expect(compareResults(a, { ...a, traceHash: 'beef' })?.place).toBe('events 2001 to the end');
  });

  test('verdict and draws count as well', () => {
    const a = resultOf('1');
    expect(compareResults(a, { ...a, verdict: 'vacuous' })?.place).toBe('verdict');
    expect(compareResults(a, { ...a, draws: { fake: 1 } })?.place).toBe('draws');
    const b = { ...a, draws: { y: 1, x: 2 } };
    expect(compareResults(b, { ...b, draws: { x: 2, y: 1 } })).toBeNull();
  });
});

describe('comparing recorded runs', () => {
  const lines = [1, 2, 3].map((n) => traceLine({ n, t: n * 10, kind: 'wake', p: 1 }));
  const result = resultOf('1');

  test('the first differing event is reported with both sides', () => {
    const other = [...lines];
    other[1] = traceLine({ n: 2, t: 25, kind: 'wake', p: 1 });
    expect(compareRecorded({ result, lines }, { result, lines: other })).toEqual({
      place: 'event 2 at 20 us',
      first: '{"n":2,"t":20,"kind":"wake","p":1}',
      second: '{"n":2,"t":25,"kind":"wake","p":1}',
    });
  });

  test('a run that ends early differs where the other goes on', () => {
    const divergence = compareRecorded({ result, lines: lines.slice(0, 2) }, { result, lines });
    expect(divergence?.place).toBe('event 3 at 30 us');
    expect(divergence?.first).toBe('the end of the run');
  });
});

describe('executing a candidate', () => {
  test('twice the same passes', () => {
    const outcome = executeCandidate(fakeEngine(), scenario, ofSeed('1'), twice);
    expect(outcome.kind === 'run' && outcome.result.verdict).toBe('pass');
  });

  test('an engine that remembers earlier runs is caught, and the event named', () => {
    let runs = 0;
    const engine = fakeEngine({ disturb: () => runs++ });
    const outcome = executeCandidate(engine, scenario, ofSeed('1'), twice);
    expect(outcome.kind === 'run' && outcome.result.verdict).toBe('nondeterminism');
    expect(outcome.kind === 'run' && outcome.result.reason).toMatch(
      /^two runs of one seed first differ in event 2001 at 20010 us: \{.*\} against \{.*\}$/,
    );
  });

  test('the same engine goes unnoticed by a single run', () => {
    let runs = 0;
    const engine = fakeEngine({ disturb: () => runs++ });
    const outcome = executeCandidate(engine, scenario, ofSeed('1'), once);
    expect(outcome.kind === 'run' && outcome.result.verdict).toBe('pass');
  });

  test('a scenario that draws another plan each time is caught, and the field named', () => {
    let draws = 0;
    const arbitrary = scenario.arbitrary.map((plan) => ({ ...plan, members: 3 + (draws++ % 2) }));
    const outcome = executeCandidate(fakeEngine(), { ...scenario, arbitrary }, ofSeed('1'), twice);
    expect(outcome.kind === 'run' && outcome.result.reason).toContain('plan.members: 3 against 4');
  });

  test('whose fault an exception is depends on who threw it', () => {
    const arbitrary = scenario.arbitrary.map((): never => {
      throw new Error('cannot draw');
    });
    const first = executeCandidate(fakeEngine(), { ...scenario, arbitrary }, ofSeed('1'), once);
    expect(first).toMatchObject({
      kind: 'broken',
      fault: 'scenario',
      message: 'Error: cannot draw',
    });
    const disturb = () => {
      throw new Error('cannot run');
    };
    const second = executeCandidate(fakeEngine({ disturb }), scenario, ofSeed('4'), once);
    expect(second).toMatchObject({ kind: 'broken', fault: 'harness', seed: '4' });
  });
});
