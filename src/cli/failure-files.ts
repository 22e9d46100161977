// Failure files and reports on disk. A reader sees each file whole or not at all.
// Not here: their content (report/failure.ts, report/html.ts).

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../scenario/usage-error.js';

/**
 * Checks that reports can be written to a folder, before hours are spent on them. Leaves no trace: a
 * folder that does not exist is not made.
 *
 * @throws UsageError
 */
export function checkWritable(folder: string, shown: string): void {
  let existing = resolve(folder);
  while (!existsSync(existing)) existing = dirname(existing);
  const probe = join(existing, `.simquake-${process.pid}.tmp`);
  try {
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw unwritable(shown, error);
  }
}

/**
 * Writes files into a folder, which is made if absent: first all under other names, then renamed.
 *
 * @throws UsageError if the folder does not take them; then none of them has changed
 */
export function writeFiles(
  folder: string,
  shown: string,
  files: Readonly<Record<string, string>>,
): void {
  const temporary = Object.keys(files).map((name) => ({
    path: join(folder, name),
    held: join(folder, `.${name}.${process.pid}.tmp`),
  }));
  try {
    mkdirSync(folder, { recursive: true });
    for (const [i, text] of Object.values(files).entries()) {
      writeFileSync(temporary[i]!.held, text, { flush: true });
    }
    for (const { held, path } of temporary) renameSync(held, path);
  } catch (error) {
    for (const { held } of temporary) rmSync(held, { force: true });
    throw unwritable(shown, error);
  }
}

/** @throws UsageError if the file cannot be read */
export function readFailureFile(path: string, shown: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${shown}: cannot be read (${codeOf(error)}); give the failure.json of a failing run, ` +
        'for example reports/<scenario>-<seed>/failure.json',
    );
  }
}

function unwritable(shown: string, error: unknown): UsageError {
  return new UsageError(
    `${shown}: cannot be written (${codeOf(error)}); choose another folder with --out`,
  );
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
