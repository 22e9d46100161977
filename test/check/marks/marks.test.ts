// Marks: every one is reached by some run, none by a run in which it cannot be, and each has a name and a sentence.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { calm } from '../../../scenarios/calm.js';
import { MarkCollector } from '../../../src/check/marks/mark-collector.js';
import { MARKS } from '../../../src/check/marks/marks.js';
import { runPlan } from '../../../src/scenario/run.js';
import { compilePlan, type Scenario } from '../../../src/scenario/scenario.js';

const SCENARIOS = join(import.meta.dirname, '..', '..', '..', 'scenarios');
const SEEDS = 3;

function marksOf(scenario: Scenario, seed: string): string[] {
  const collector = new MarkCollector();
  runPlan(compilePlan(scenario, seed), { trace: collector.sink });
  return collector.reached();
}

describe('marks', () => {
  const reached = new Map<string, number>();

  beforeAll(async () => {
    for (const folder of [SCENARIOS, join(SCENARIOS, 'atlas')]) {
      for (const name of readdirSync(folder).filter((file) => file.endsWith('.ts'))) {
        const module = (await import(join(folder, name))) as Record<string, Scenario>;
        const [found] = Object.values(module);
        for (let seed = 1; seed <= SEEDS; seed++) {
          for (const id of marksOf(found!, String(seed))) {
            reached.set(id, (reached.get(id) ?? 0) + 1);
          }
        }
      }
    }
  });

  it('have names and sentences of their own', () => {
    expect(MARKS.length).toBeGreaterThanOrEqual(25);
    expect(new Set(MARKS.map(({ id }) => id)).size).toBe(MARKS.length);
    for (const { id, about } of MARKS) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(about).toMatch(/^[A-Z].*\.$/);
    }
  });

  it.each(MARKS)('$id is reached', ({ id }) => {
    expect(reached.get(id) ?? 0).toBeGreaterThan(0);
  });

  it('need their faults: a calm run reaches none of those that only faults bring', () => {
    const found = new Set([1, 2, 3].flatMap((seed) => marksOf(calm, String(seed))));
    for (const id of [
      'leader-stepped-down-with-uncommitted-entries',
      'conflicting-suffix-truncated',
      'two-leaders-in-different-terms',
      'paused-leader-replaced',
      'old-leader-appends-while-another-leads',
      'all-members-down',
      'committed-after-total-outage',
      'restarted-in-an-older-term',
      'power-lost-with-uncommitted-entries',
      'member-stopped-itself',
      'write-torn-by-power-loss',
      'sync-failed-during-an-election',
      'disk-full-at-leader',
      'log-repaired-from-peers',
      'snapshot-installed',
    ]) {
      expect(found, id).not.toContain(id);
    }
  });
});
