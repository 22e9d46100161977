// A kept plan outlives a refactoring that draws otherwise: regressions of planted bugs still show their bug after
// several of them, and `replay` says what has changed. A plan that leaves nothing to chance shows it to the letter.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Failure, formatFailure, parseFailure } from '../../src/report/failure.js';
import type { Plan } from '../../src/scenario/plan.js';
import { readRegressions } from '../../src/scenario/regression-files.js';
import { VERSION } from '../cli/commands.js';
import { project } from '../cli/project.js';
import { rerun } from './hunting.js';
import { type Change, mutate, ROOT } from './mutant.js';
import { MUTANTS } from './mutants.js';
import { REFACTORINGS } from './refactorings.js';

const OTHER_SEEDS = 100;

/** Needs a certain sequence of sync latencies of one disk: one seed in 500 has it, and no constant does. */
const RARE = 'stale-snapshot-accepted';

const kept = readRegressions(join(ROOT, 'scenarios', 'regressions'), 'scenarios/regressions')
  .filter(({ regression }) => regression.once.bug !== undefined)
  .map((one) => ({ ...one, id: one.regression.once.bug!, once: one.regression.once }));
const certain = kept.filter(({ regression }) => !leavesToChance(regression.plan));
const open = kept.filter(({ regression, id }) => leavesToChance(regression.plan) && id !== RARE);
const everyRefactoring = REFACTORINGS.flatMap(({ changes }) => changes);

/** Who campaigns first, how long messages and syncs take, what a power loss leaves. */
function leavesToChance({ electionTicks, network, disks, faults }: Plan): boolean {
  const { tailUs, lossPpm, duplicatePpm, reorderPpm } = network;
  return (
    electionTicks === undefined ||
    tailUs + lossPpm + duplicatePpm + reorderPpm > 0 ||
    disks.some(({ syncMinUs, syncMeanUs }) => syncMeanUs > syncMinUs) ||
    faults.some(({ kind }) => kind === 'power-loss')
  );
}

function bugOf(id: string): readonly Change[] {
  const { changes, harmless = [] } = MUTANTS.find((mutant) => mutant.id === id)!;
  return [...changes, ...harmless];
}

describe('a kept plan, after a refactoring that draws otherwise,', () => {
  it('is tested where nothing is left to chance, and where something is', () => {
    expect(certain.length).toBeGreaterThanOrEqual(7);
    expect(open.length).toBeGreaterThanOrEqual(1);
  });

  it.concurrent.each(certain)('shows $id to the letter', async ({ id, file, once }) => {
    const broken = await rerun(id, [...bugOf(id), ...everyRefactoring], { file, ...once });
    expect(broken).toMatchObject({ invariant: once.invariant, message: once.message });
  });

  it.concurrent.each(open)('shows $id under some seed', async ({ id, file, once }) => {
    const options = { file, ...once, otherSeeds: OTHER_SEEDS };
    const broken = await rerun(id, [...bugOf(id), ...everyRefactoring], options);
    expect(broken?.invariant).toBe(once.invariant);
  });

  it('shows the bug that needs rare latencies as long as those are drawn as before', async () => {
    const { id, file, once } = kept.find((one) => one.id === RARE)!;
    const elections = REFACTORINGS.slice(0, 2).flatMap(({ changes }) => changes);
    const broken = await rerun(id, [...bugOf(id), ...elections], { file, ...once });
    expect(broken).toMatchObject({ invariant: once.invariant, message: once.message });
  });
});

/** The built command, on sources that were changed so. */
function changed(cwd: string, changes: readonly Change[], ...argv: string[]) {
  const sources = join(cwd, 'sources.json');
  writeFileSync(sources, JSON.stringify(mutate('changed', changes)));
  const flags = [
    '--import',
    join(ROOT, 'test/mutants/planted.mjs'),
    join(ROOT, 'dist/cli/main.js'),
  ];
  const env = { ...process.env, SIMQUAKE_PLANTED: sources, NO_COLOR: '1' };
  const { status, stdout } = spawnSync(process.execPath, [...flags, ...argv], {
    cwd,
    env,
    encoding: 'utf8',
  });
  return { code: status, stdout };
}

describe('replay, after a refactoring that draws otherwise,', () => {
  const bug = bugOf('no-sync-of-the-log');
  const path = 'reports/everything-1/failure.json';

  function failed(): { cwd: string; failure: Failure } {
    const cwd = project();
    const scenario = join(ROOT, 'scenarios/everything.ts');
    const run = changed(cwd, bug, 'run', scenario, '--seed', '1', '--jobs', '1');
    expect(run.code, run.stdout).toBe(1);
    const failure = parseFailure(readFileSync(join(cwd, path), 'utf8'), path, VERSION);
    // As if the refactoring had been committed since.
    const commit = 'b57e4d5'.padEnd(40, '0');
    writeFileSync(join(cwd, path), formatFailure({ ...failure, commit }));
    return { cwd, failure };
  }

  it('says that the run is another one, and that the plan still fails', () => {
    const { cwd, failure } = failed();
    expect(failure.shrunk?.plan.electionTicks).toBeDefined();
    const { message } = failure.shrunk!.result.violation!;
    const elections = changed(
      cwd,
      [...bug, ...REFACTORINGS[0]!.changes],
      'replay',
      path,
      '--shrunk',
    );
    expect(elections.stdout).toContain('this is the recorded run');
    const all = changed(cwd, [...bug, ...everyRefactoring], 'replay', path, '--shrunk');
    expect(all.code).toBe(1);
    expect(all.stdout).toContain('  differs  ');
    expect(all.stdout).toContain(`  now      still fails: DURABLE-BEFORE-SEND  ${message}`);
    const mended = changed(cwd, everyRefactoring, 'replay', path, '--shrunk');
    expect(mended.code).toBe(0);
    expect(mended.stdout).toContain('no longer fails at this commit');
  }, 120_000);
});
