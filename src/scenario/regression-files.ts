// Finds regression files and reads them. Not here: their content (regression.ts).

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseRegression, type Regression } from './regression.js';
import { UsageError } from './usage-error.js';

export interface RegressionFile {
  readonly file: string;
  readonly regression: Regression;
}

/**
 * The regressions of a file or of a folder, by name.
 *
 * @param shown names the path in messages
 * @throws UsageError for a path that is neither, and for a file that is no regression
 */
export function readRegressions(path: string, shown: string): RegressionFile[] {
  return filesOf(path, shown).map((file) => {
    const place = file === path ? shown : join(shown, basename(file));
    const regression = parseRegression(readFileSync(file, 'utf8'), place);
    if (`${regression.name}.json` !== basename(file)) {
      throw new UsageError(
        `${place}: holds the regression ${regression.name}; rename one of the two`,
      );
    }
    return { file, regression };
  });
}

function filesOf(path: string, shown: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new UsageError(
      `${shown}: no such file or folder; 'simquake promote' makes scenarios/regressions`,
    );
  }
  if (!stats.isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => join(path, name));
}
