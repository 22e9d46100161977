// Planted nondeterminism: the election timeout of the node is made to depend, by some ticks, on something that is no
// function of the seed. All go through back doors that the tripwire cannot close: what was captured before the run.
// Clock and randomness give one of many values: of two, both runs may get the same in the few elections that matter.

import type { Change } from './mutant.js';

export interface Leak {
  readonly id: string;
  readonly what: string;
  readonly changes: readonly Change[];
  /**
   * `runs`: two runs in one process differ. `processes`: only two processes do, each of which is true to itself; so
   * they are compared with each other, as the stored trace hashes do in every test run.
   */
  readonly shows: 'runs' | 'processes';
}

function leak(
  id: string,
  what: string,
  top: string,
  tick: string,
  shows: Leak['shows'] = 'runs',
): Leak {
  const timeout = 'this.randomizedElectionTimeout = electionTick + random.below(electionJitter)';
  return {
    id,
    what,
    shows,
    changes: [
      { file: 'raft/raft.ts', find: `${timeout};`, replace: `${timeout} + (${tick});` },
      { file: 'raft/raft.ts', find: 'export class Raft {', replace: `${top}\nexport class Raft {` },
    ],
  };
}

export const LEAKS: readonly Leak[] = [
  leak(
    'clock',
    'A clock captured when the module was loaded.',
    'const realTime = process.hrtime.bigint.bind(process.hrtime);',
    'Number((realTime() / 100n) % 64n)',
  ),
  leak(
    'randomness',
    'Random numbers of a module of Node.',
    "import { randomInt } from 'node:crypto';",
    'randomInt(64)',
  ),
  leak(
    'real-io',
    'The size of a real file that grows with every read.',
    "import { appendFileSync, statSync } from 'node:fs';\nconst real = process.env.SIMQUAKE_LEAK;",
    "(appendFileSync(real, '.'), statSync(real).size > 20 ? 1 : 0)",
  ),
  leak(
    'shared-between-runs',
    'A counter that belongs to the module, and so to all runs of the process.',
    'let elections = 0;',
    '++elections > 30 ? 1 : 0',
  ),
  leak(
    'shared-between-members',
    'What members have drawn so far reaches the next member that draws.',
    'let drawers = 0;',
    '(drawers += this.id) % 7',
  ),
  leak(
    'order-from-outside',
    'A set in the order in which the environment names its elements.',
    "const names = new Set((process.env.SIMQUAKE_LEAK ?? '').split(','));",
    "[...names][0] === 'a' ? 0 : 1",
    'processes',
  ),
];
