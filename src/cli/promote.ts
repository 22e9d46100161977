// `simquake promote`: makes a regression of a failure, ready to be committed.
// Not here: what a regression is (scenario/regression.ts), and running them (regress.ts).

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseFailure } from '../report/failure.js';
import { formatRegression, REGRESSION_FORMAT, type Regression } from '../scenario/regression.js';
import { UsageError } from '../scenario/usage-error.js';
import { buildInfo } from './build-info.js';
import { EXIT } from './exit-code.js';
import { checkWritable, readFailureFile, writeFiles } from './failure-files.js';
import type { Host } from './host.js';
import { storyOf } from './shrinking.js';
import * as text from './text.js';
import type { Tools } from './tools.js';

export interface PromoteCommand {
  readonly file: string;
  readonly name: string;
  readonly about: string;
  /** Folder for regressions, as given. */
  readonly out: string;
}

const NAME_PATTERN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Returns the exit code. The shrunk plan is taken where there is one. */
export function promoteCommand(command: PromoteCommand, host: Host, { engine }: Tools): number {
  const { file, name, about, out } = command;
  if (!NAME_PATTERN.test(name)) {
    throw new UsageError(`--name ${name}: not a name; give small words joined by hyphens`);
  }
  const path = resolve(host.cwd, file);
  const failure = parseFailure(readFailureFile(path, file), file, buildInfo().version);
  const { plan, result } = failure.shrunk ?? failure.original;
  const { violation } = result;
  if (violation === null) {
    throw new UsageError(
      `${file}: ends as ${result.verdict}, without a broken invariant; only a violation can be kept`,
    );
  }
  const target = join(out, `${name}.json`);
  if (existsSync(resolve(host.cwd, target))) {
    throw new UsageError(`${target}: is there already; choose another --name, or remove it`);
  }
  const regression: Regression = {
    format: REGRESSION_FORMAT,
    name,
    about,
    once: {
      invariant: violation.invariant,
      message: violation.message,
      simquake: failure.simquake,
      commit: failure.commit,
      dirty: failure.dirty,
    },
    exercised: { faults: result.faults.effective, operations: result.operations.ok },
    story: failure.shrunk?.story ?? storyOf(engine, plan, failure.wire),
    // A regression is a test of its faults, not of how much its clients did.
    plan: { ...plan, operationsMin: 0 },
  };
  const absolute = resolve(host.cwd, target);
  checkWritable(dirname(absolute), out);
  writeFiles(dirname(absolute), out, { [`${name}.json`]: formatRegression(regression) });
  host.stdout.write(
    `promoted  ${violation.invariant}  ${violation.message}\n` +
      text.rows([
        ['file', target],
        ['run it', `npx simquake regress ${target}`],
      ]),
  );
  return EXIT.ok;
}
