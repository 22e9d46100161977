// Command lines run in-process in a project of their own, with a made-up engine.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../../src/cli/command.js';
import { type FakeRules, type Finding, fakeEngine } from '../fuzz/fake-engine.js';
import { project, REPOSITORY } from './project.js';
import { scenarioFile } from './scenario-files.js';

export const LIBRARY = join(REPOSITORY, 'test/cli/library.ts');
export const VERSION = (
  JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string }
).version;

/** A project with two scenarios, and a way to run command lines in it. */
export function setup(rules: FakeRules = {}, signal = new AbortController().signal) {
  const cwd = project({
    'scenarios/one.ts': scenarioFile('one', LIBRARY),
    'scenarios/two.ts': scenarioFile('two', LIBRARY),
  });
  const run = async (...argv: string[]) => {
    const out = { stdout: '', stderr: '' };
    const output = (name: keyof typeof out) => ({
      write(text: string) {
        out[name] += text;
      },
    });
    const host = { cwd, env: {}, stdout: output('stdout'), stderr: output('stderr'), signal };
    const explain = (id: string) => (id === 'A' ? 'A must hold.' : '');
    const tools = { engine: fakeEngine(rules), threads: false, explain };
    const code = await runCli(argv, host, tools);
    return { code, ...out };
  };
  const path = (...parts: string[]) => join(cwd, ...parts);
  return { cwd, run, path };
}

export function failsFor(seeds: readonly string[], finding: Finding): FakeRules {
  return { finding: (plan) => (seeds.includes(plan.seed) ? finding : null) };
}

export const brokenA: Finding = { verdict: 'violation', invariant: 'A' };
