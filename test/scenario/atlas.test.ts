// The fault atlas (docs/FAULT-ATLAS.md): a scenario for each row, run over a few seeds. It must pass, and
// its trace must show that the row's fault met a member that had to do something about it.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../src/base/trace.js';
import { runPlan } from '../../src/scenario/run.js';
import { compilePlan, type Scenario } from '../../src/scenario/scenario.js';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(ROOT, 'scenarios', 'atlas');
const SEEDS = 4;

type Sign = (event: TraceEvent) => boolean;

const diskFault =
  (...operations: readonly string[]): Sign =>
  (event) =>
    event.kind === 'disk' && operations.includes(event.operation);
const stopped =
  (...reasons: readonly string[]): Sign =>
  (event) =>
    event.kind === 'down' &&
    event.cause === 'fail-stop' &&
    reasons.some((reason) => event.reason.includes(reason));
/** A peer gives back what damage has taken. */
const givenBack: Sign = (event) => event.kind === 'send' && event.label.startsWith('log-part');

/** What a trace must show, for each scenario, in at least one of its runs. */
const SIGNS: Readonly<Record<string, readonly Sign[]>> = {
  'atlas-crashes': [(event) => event.kind === 'down' && event.cause === 'power-loss'],
  'atlas-failed-syncs': [diskFault('sync-error'), diskFault('writeback-error'), stopped('sync')],
  'atlas-no-space': [diskFault('disk-full'), diskFault('short-write'), stopped('write')],
  'atlas-damaged-log': [diskFault('bit-rot'), diskFault('zeroed'), givenBack],
  'atlas-damaged-tail': [diskFault('bit-rot'), diskFault('zeroed'), givenBack],
  'atlas-torn-tail': [diskFault('bit-rot'), givenBack],
  'atlas-damaged-rewrites': [diskFault('bit-rot'), diskFault('zeroed'), givenBack],
  'atlas-damaged-everywhere': [diskFault('bit-rot'), diskFault('zeroed'), givenBack],
  'atlas-damaged-snapshots': [diskFault('bit-rot', 'zeroed', 'latent-error')],
  'atlas-misdirected': [
    diskFault('misdirected-write'),
    diskFault('misdirected-read'),
    diskFault('stale-read'),
  ],
  'atlas-damaged-hard-state': [diskFault('bit-rot'), givenBack, stopped('nothing tells what')],
  'atlas-lost-hard-state': [diskFault('bit-rot'), givenBack, stopped('nothing tells what')],
  'atlas-stale-hard-state': [diskFault('stale-read'), diskFault('misdirected-read')],
  'atlas-lying-disk': [diskFault('lying-sync')],
  'atlas-rolled-back-disk': [diskFault('rollback'), stopped('the leader knows')],
  'atlas-wiped-disk': [diskFault('wipe'), stopped('the directory is empty')],
  'atlas-rolled-back-at-work': [diskFault('rollback'), stopped('the leader knows')],
  'atlas-wiped-at-work': [diskFault('wipe'), stopped('the directory is empty')],
  'atlas-slow-disks': [diskFault('stall'), diskFault('throttle')],
  'atlas-lost-files': [diskFault('file-lost'), diskFault('file-cut'), diskFault('read-only')],
  'atlas-single-member': [(event) => event.kind === 'down' && event.cause === 'power-loss'],
  'atlas-single-damaged-member': [diskFault('bit-rot'), stopped('damaged')],
};

const modules = await Promise.all(
  readdirSync(FOLDER)
    .sort()
    .map((name) => import(join(FOLDER, name)) as Promise<Record<string, Scenario>>),
);
const scenarios = modules.flatMap((module) => Object.values(module));

describe('the fault atlas', () => {
  it('has a scenario for every row, and a row for every scenario', () => {
    expect(scenarios.map(({ name }) => name).sort()).toEqual(Object.keys(SIGNS).sort());
    const text = readFileSync(join(ROOT, 'docs', 'FAULT-ATLAS.md'), 'utf8');
    for (const { name } of scenarios) expect(text).toContain(`\`${name}\``);
    for (let row = 1; row <= 23; row++) expect(text).toMatch(new RegExp(`^\\| A${row} +\\|`, 'm'));
  });

  it.each(scenarios.map((scenario): [string, Scenario] => [scenario.name, scenario]))(
    '%s passes and shows what it is about',
    (name, scenario) => {
      const seen = SIGNS[name]!.map(() => false);
      for (let seed = 1; seed <= SEEDS; seed++) {
        const trace = (event: TraceEvent): void => {
          for (const [i, sign] of SIGNS[name]!.entries()) if (sign(event)) seen[i] = true;
        };
        const result = runPlan(compilePlan(scenario, String(seed)), { trace });
        expect(`${result.verdict} ${result.reason}`, `seed ${seed}`).toBe('pass ');
      }
      expect(seen).toEqual(seen.map(() => true));
    },
  );
});
