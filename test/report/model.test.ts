// The viewer's model beside the plainest fold, and what it says of messages, operations, cuts and turns.

import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../src/base/trace.js';
import type { ReportData } from '../../src/report/viewer/data.js';
import { createModel } from '../../src/report/viewer/model.js';
import { createWords } from '../../src/report/viewer/words.js';
import { referenceFold } from './reference-fold.js';
import { syntheticInput, syntheticTrace } from './synthetic-trace.js';

const trace = syntheticTrace();
const model = createModel(dataOf(trace));

function dataOf(events: readonly TraceEvent[]): ReportData {
  const { violation, processes, faults } = syntheticInput(trace);
  const placed = processes.map((process) => ({ ...process, x: 0, y: 0 }));
  return { violation, processes: placed, faults, trace: events, history: null };
}

describe('the model of a trace', () => {
  it('agrees with a plain fold at every step', () => {
    for (let step = 0; step < trace.length; step += 7) {
      const expected = referenceFold(trace, step);
      const states = model.stateAt(step);
      for (const id of [1, 2, 3, 4, 5]) {
        const { status, fields } = states[model.slotOf(id)]!;
        const reference = expected.get(id) ?? { status: 'unknown', fields: {} };
        expect({ step, id, status, fields }).toEqual({ step, id, ...reference });
      }
    }
  });

  it('agrees with a plain fold around checkpoints and at both ends', () => {
    const steps = [0, 255, 256, 257, 511, 512, trace.length - 1];
    for (const step of steps) {
      const expected = referenceFold(trace, step);
      for (const [id, { status, fields }] of expected)
        expect(model.stateAt(step)[model.slotOf(id)]).toMatchObject({ status, fields });
    }
  });

  it('finds the two leaders of one term at the violation, and only there', () => {
    const violation = model.violations[0]!;
    expect(trace[violation]!.kind).toBe('violation');
    expect(model.rivals(model.stateAt(violation))).toEqual([2, 4]);
    expect(model.rivals(model.stateAt(violation - 2))).toEqual([]);
  });

  it('shows a cut only while it blocks', () => {
    const begin = model.faultSteps.find((step) => trace[step]!.t === 1_400_000)!;
    expect(model.isCut(2, 4, begin)).toBe(false);
    expect(model.isCut(2, 4, trace.length - 1)).toBe(true);
    expect(model.isCut(2, 1, trace.length - 1)).toBe(false);
    const healed: TraceEvent = {
      n: 9999,
      t: trace.at(-1)!.t + 1,
      kind: 'fault',
      fault: 1,
      phase: 'end',
      label: 'isolate',
      processes: [1, 2],
    };
    expect(createModel(dataOf([...trace, healed])).isCut(2, 4, trace.length)).toBe(false);
  });

  it('pairs every delivery and every loss with its sending', () => {
    let pairs = 0;
    trace.forEach((event, step) => {
      if (event.kind !== 'deliver' && event.kind !== 'drop') return;
      const life = model.messageOf(step)!;
      expect(life.ended).toBe(step);
      expect(trace[life.sent]).toMatchObject({ m: event.m, from: event.from, to: event.to });
      expect(life.label).not.toBe('');
      pairs++;
    });
    expect(pairs).toBeGreaterThan(500);
  });

  it('finds in a window exactly the messages that live in it', () => {
    for (const [a, b] of [
      [0, 100_000],
      [700_000, 905_000],
      [2_300_000, 2_400_000],
    ] as const) {
      const [from, to] = model.messagesBetween(a, b);
      const inside = new Set(model.messages.slice(from, to));
      for (const life of model.messages) {
        if (life.startUs <= b && life.endUs >= a) expect(inside).toContain(life);
        if (life.startUs > b) expect(inside).not.toContain(life);
      }
    }
  });

  it('reads a trace that begins in the middle of a run', () => {
    const tail = trace.slice(1000);
    const partial = createModel(dataOf(tail));
    expect(partial.stateAt(0).every((state) => state.incarnation === 0)).toBe(true);
    const orphan = tail.findIndex(
      (event, step) => event.kind === 'deliver' && partial.messageOf(step)!.sent < 0,
    );
    expect(orphan).toBeGreaterThanOrEqual(0);
    expect(partial.violations).toEqual([tail.length - 1]);
  });

  it('points at the last event of the violating step when the trace has no violation event', () => {
    const silent = trace.filter((event) => event.kind !== 'violation');
    expect(createModel(dataOf(silent)).violations).toEqual([silent.length - 1]);
  });

  it('names faults as the trace resolved them and ends them where the run ended', () => {
    expect(model.faults[1]).toEqual({
      label: 'isolate n2, n1',
      beginUs: 1_400_000,
      endUs: trace.at(-1)!.t,
    });
  });

  it('tells the story in order: faults, crashes, elections, the violation', () => {
    const words = createWords(dataOf(trace).processes);
    const story = model.moments.map((step) => words.sentence(trace[step]!, model.subjectOf(step)));
    expect(story).toEqual([
      'n2 becomes leader, lead n2',
      'fault begins: power-loss n5',
      'n5 disk sync wal/0001: EIO',
      'n5 goes down: power-loss',
      'fault ends: power-loss n5',
      'n5 starts (incarnation 2)',
      'n3 is paused',
      'n3 resumes',
      'fault begins: isolate n2, n1',
      'n4 becomes leader, lead n4',
      'n2 becomes candidate, term 3, lead –',
      'n2 becomes leader, lead n2',
      'RAFT-ELECTION-SAFETY violated: two leaders in term 3: n4 and n2',
    ]);
  });

  it('is usable for an empty trace', () => {
    const empty = createModel(dataOf([]));
    expect(empty.stateAt(-1)).toHaveLength(7);
    expect(empty.stepAt(5)).toBe(-1);
    expect(empty.violations).toEqual([]);
  });
});
