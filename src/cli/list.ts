// `simquake list`: the scenarios there are. Not here: finding and loading them (scenario/load.ts).

import { relative } from 'node:path';
import { MARKS } from '../check/marks/marks.js';
import { loadScenarios } from '../scenario/load.js';
import { EXIT } from './exit-code.js';
import type { Host } from './host.js';
import { markLine, scenarioLine } from './json.js';

export interface ListCommand {
  readonly paths: readonly string[];
  readonly json: boolean;
  /** List marks instead. */
  readonly marks: boolean;
}

export async function listCommand(command: ListCommand, host: Host): Promise<number> {
  if (command.marks) {
    for (const { id, about } of MARKS) {
      host.stdout.write(command.json ? markLine(id, about) : `${id}\n  ${about}\n`);
    }
    return EXIT.ok;
  }
  const found = await loadScenarios(command.paths, host.cwd);
  const width = Math.max(...found.map(({ scenario }) => scenario.name.length), 0);
  for (const { scenario, file } of found) {
    const { name, about } = scenario;
    const near = relative(host.cwd, file);
    const shown = near.startsWith('..') ? file : near;
    if (command.json) host.stdout.write(scenarioLine(name, about, shown));
    else host.stdout.write(`${name.padEnd(width)}  ${about}  (${shown})\n`);
  }
  return EXIT.ok;
}
