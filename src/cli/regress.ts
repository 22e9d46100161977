// `simquake regress`: runs regressions, each once, and says which fail and which have gone stale.
// Not here: what a regression is (scenario/regression.ts).

import { relative, resolve } from 'node:path';
import { judgeRegression } from '../scenario/regression.js';
import { readRegressions } from '../scenario/regression-files.js';
import { EXIT, exitCodeOf, worst } from './exit-code.js';
import { colorsFor, type Host } from './host.js';
import { regressionLine } from './json.js';
import type { Tools } from './tools.js';

export interface RegressCommand {
  /** Files and folders. */
  readonly paths: readonly string[];
  readonly json: boolean;
}

/** Returns the exit code: the worst that was met; a stale regression counts as vacuous. */
export function regressCommand(command: RegressCommand, host: Host, { engine }: Tools): number {
  const { paths, json } = command;
  const colors = colorsFor(host, host.stdout);
  const found = paths.flatMap((path) => readRegressions(resolve(host.cwd, path), path));
  const codes: number[] = [];
  const counts = { pass: 0, stale: 0, fail: 0 };
  for (const { file, regression } of found) {
    if (host.signal.aborted) return EXIT.interrupted;
    const result = engine.runPlan(regression.plan);
    const { verdict, reason } = judgeRegression(regression, result);
    counts[verdict] += 1;
    if (verdict === 'stale') codes.push(EXIT.vacuous);
    if (verdict === 'fail') codes.push(exitCodeOf(result.verdict));
    if (json) {
      host.stdout.write(regressionLine(regression.name, verdict, reason, result));
      continue;
    }
    const word = {
      pass: colors.green('ok   '),
      stale: colors.yellow('STALE'),
      fail: colors.red('FAIL '),
    }[verdict];
    const why = reason === '' ? `once ${regression.once.invariant}` : reason;
    host.stdout.write(`${word}  ${regression.name}  ${why}\n`);
    if (verdict !== 'pass') host.stdout.write(`       ${relative(host.cwd, file)}\n`);
  }
  if (!json) {
    host.stdout.write(
      `${found.length} regressions: ${counts.pass} pass, ${counts.stale} stale, ${counts.fail} fail\n`,
    );
  }
  return worst(codes);
}
