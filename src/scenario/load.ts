// Finds scenario modules and loads them, TypeScript included, in the main thread or in a worker.
// Not here: what a scenario means (scenario.ts), or running it.
// Every failure is a UsageError that names file, line and column.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { NamespacedUnregister } from 'tsx/esm/api';
import type { Scenario } from './scenario.js';
import { nearest, UsageError } from './usage-error.js';

/** A scenario and the absolute path of the file that exports it. */
export interface LoadedScenario {
  readonly scenario: Scenario;
  readonly file: string;
}

/** The scenarios that come with the package. The path is the same from `src` and from `dist`. */
const SHIPPED_FOLDER = fileURLToPath(new URL('../../scenarios', import.meta.url));

/** Names become folder names under `reports/` and words on a command line. */
const NAME_PATTERN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/**
 * Loads what `paths` name, in their order, and the files of a folder sorted by path. A path is a file,
 * a folder (searched recursively), or the name of a scenario in `./scenarios` or of a shipped one.
 * No paths: everything in those two folders.
 *
 * @param cwd what relative paths and `./scenarios` are relative to
 * @throws UsageError with `file:line:column` and a remedy
 */
export async function loadScenarios(
  paths: readonly string[],
  cwd: string = process.cwd(),
): Promise<LoadedScenario[]> {
  const found: LoadedScenario[] = [];
  if (paths.length === 0) found.push(...(await loadDefaults(cwd)));
  for (const path of paths) {
    const absolute = resolve(cwd, path);
    if (existsSync(absolute)) found.push(...(await loadFiles(filesOf(absolute, path), cwd)));
    else found.push(await loadNamed(path, cwd));
  }
  return withoutRepeats(found, cwd);
}

/** True when `simquake run <name>` from `cwd` would find this scenario. */
export function isFoundByName(loaded: LoadedScenario, cwd: string): boolean {
  return defaultFolders(cwd).some((folder) => loaded.file.startsWith(`${folder}/`));
}

function defaultFolders(cwd: string): string[] {
  const folders = [resolve(cwd, 'scenarios'), SHIPPED_FOLDER].filter((one) => existsSync(one));
  return [...new Set(folders.map((folder) => realpathSync(folder)))];
}

/** All of `./scenarios`, and those shipped ones whose name is not taken. */
async function loadDefaults(cwd: string): Promise<LoadedScenario[]> {
  const found: LoadedScenario[] = [];
  for (const folder of defaultFolders(cwd)) {
    const names = new Set(found.map((one) => one.scenario.name));
    for (const one of await loadFolder(folder, cwd)) {
      if (!names.has(one.scenario.name)) found.push(one);
    }
  }
  return found;
}

async function loadFolder(folder: string, cwd: string): Promise<LoadedScenario[]> {
  return withoutRepeats(await loadFiles(filesOf(folder, folder), cwd), cwd);
}

async function loadNamed(name: string, cwd: string): Promise<LoadedScenario> {
  if (!NAME_PATTERN.test(name)) {
    throw new UsageError(
      `${name}: no such file or folder; correct the path, or give one of the names of 'simquake list'`,
    );
  }
  const names: string[] = [];
  for (const folder of defaultFolders(cwd)) {
    for (const one of await loadFolder(folder, cwd)) {
      if (one.scenario.name === name) return one;
      names.push(one.scenario.name);
    }
  }
  const guess = nearest(name, names);
  throw new UsageError(
    `${name}: neither a file, a folder nor a scenario; ${guess === null ? '' : `did you mean ${guess}? `}` +
      `'simquake list' shows the ${new Set(names).size} there are`,
  );
}

/** The scenario files of a file or folder, sorted. */
function filesOf(absolute: string, shown: string): string[] {
  if (!statSync(absolute).isDirectory()) {
    if (isScenarioFile(absolute)) return [realpathSync(absolute)];
    throw new UsageError(
      `${shown}: not a .ts, .js or .mjs file; give a scenario module or a folder`,
    );
  }
  const files: string[] = [];
  collect(realpathSync(absolute), files);
  if (files.length === 0) {
    throw new UsageError(
      `${shown}: no .ts, .js or .mjs file in this folder; add a scenario module`,
    );
  }
  return files.sort();
}

function collect(folder: string, into: string[]): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) collect(path, into);
    else if (isScenarioFile(entry.name)) into.push(path);
  }
}

function isScenarioFile(path: string): boolean {
  return /\.(?:ts|js|mjs)$/.test(path) && !path.endsWith('.d.ts');
}

async function loadFiles(files: readonly string[], cwd: string): Promise<LoadedScenario[]> {
  const found: LoadedScenario[] = [];
  for (const file of files) {
    const exports = await importModule(file, cwd);
    const before = found.length;
    for (const [name, value] of Object.entries(exports)) {
      if (isScenarioLike(value)) found.push({ scenario: checked(value, name, file, cwd), file });
    }
    if (found.length === before) {
      throw new UsageError(
        `${place(file, 1, 1, cwd)}: exports no scenario; export one: ` +
          `'export const s: Scenario = { name, about, arbitrary }'`,
      );
    }
  }
  return found;
}

/** The same file may be named twice; two files may not share a scenario name. */
function withoutRepeats(found: readonly LoadedScenario[], cwd: string): LoadedScenario[] {
  const byName = new Map<string, LoadedScenario>();
  for (const one of found) {
    const { name } = one.scenario;
    const other = byName.get(name);
    if (other === undefined) byName.set(name, one);
    else if (other.scenario !== one.scenario) {
      const [line, column] = find(one.file, name, other.file === one.file ? 1 : 0);
      throw new UsageError(
        `${place(one.file, line, column, cwd)}: scenario ${name} already exists in ` +
          `${relative(cwd, other.file)}; rename one of them`,
      );
    }
  }
  return [...byName.values()];
}

interface ScenarioLike {
  readonly name: unknown;
  readonly about: unknown;
  readonly arbitrary: { readonly generate: unknown };
}

function isScenarioLike(value: unknown): value is ScenarioLike {
  if (typeof value !== 'object' || value === null || !('arbitrary' in value)) return false;
  return 'name' in value;
}

function checked(value: ScenarioLike, exported: string, file: string, cwd: string): Scenario {
  const { name, about, arbitrary } = value;
  let wrong = '';
  if (typeof name !== 'string' || !NAME_PATTERN.test(name)) {
    wrong = `its name ${JSON.stringify(name)} is not of a-z, 0-9 and -`;
  } else if (typeof about !== 'string' || about === '') {
    wrong = 'it has no text in about';
  } else if (typeof arbitrary !== 'object' || typeof arbitrary?.generate !== 'function') {
    wrong = 'its arbitrary is not a fast-check arbitrary';
  }
  if (wrong === '') return value as unknown as Scenario;
  const [line, column] = find(file, exported, 0);
  throw new UsageError(
    `${place(file, line, column, cwd)}: ${exported} is not a scenario: ${wrong}; ` +
      'a scenario is { name, about, arbitrary }',
  );
}

// One namespace per thread: modules load once, and the user's own loader hooks see nothing of it. The
// user's tsconfig is left out, since its path aliases would make a scenario depend on the folder
// from which it is run.
let hooks: NamespacedUnregister | null = null;
const modules = new Map<string, object>();

async function importModule(file: string, cwd: string): Promise<object> {
  const known = modules.get(file);
  if (known !== undefined) return known;
  try {
    if (hooks === null) {
      const { register } = await import('tsx/esm/api');
      hooks = register({ namespace: 'simquake', tsconfig: false });
    }
    const loaded: object = await hooks.import(pathToFileURL(file).href, import.meta.url);
    modules.set(file, loaded);
    return loaded;
  } catch (error) {
    throw loadError(file, error, cwd);
  }
}

function loadError(file: string, error: unknown, cwd: string): UsageError {
  if (!(error instanceof Error)) {
    return new UsageError(
      `${place(file, 1, 1, cwd)}: threw ${String(error)} while loading; ` +
        'a scenario module only declares scenarios',
    );
  }
  const { message } = error;
  const stack = error.stack ?? '';

  const compile = /^(.+?):(\d+):(\d+): ERROR: (.+)$/m.exec(message);
  if (compile !== null) {
    const at = place(compile[1]!, Number(compile[2]), Number(compile[3]) + 1, cwd);
    return new UsageError(`${at}: does not compile: ${compile[4]}; fix the syntax`);
  }

  const missing = /Cannot find (?:module|package) '(.+?)' imported from (.+?)$/m.exec(message);
  if (missing !== null) {
    const from = missing[2]!.replace(/^file:\/\//, '');
    const [line, column] = find(from, basename(missing[1]!), 0);
    return new UsageError(
      `${place(from, line, column, cwd)}: cannot find ${near(missing[1]!, cwd)}; ` +
        'correct the import, or install the package it names',
    );
  }

  if (error instanceof SyntaxError || error.name === 'SyntaxError') {
    const [at, line, column] = caret(stack) ?? caret(nodeCheck(file)) ?? [file, 1, 1];
    return new UsageError(
      `${place(at, line, column, cwd)}: does not compile: ${oneLine(message)}; fix it`,
    );
  }

  const frame = frameIn(file, stack);
  return new UsageError(
    `${place(file, frame[0], frame[1], cwd)}: throws while loading: ` +
      `${error.name}: ${oneLine(message)}; a scenario module only declares scenarios`,
  );
}

/** Node's own syntax check: the only one that tells where plain JavaScript does not parse. */
function nodeCheck(file: string): string {
  try {
    execFileSync(process.execPath, ['--check', file], { stdio: 'pipe', env: {} });
    return '';
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr ?? '');
  }
}

/** Reads `file:line`, the source line and the caret line that Node puts above a syntax error. */
function caret(text: string): [string, number, number] | null {
  const match = /^(?:file:\/\/)?(\/.+?):(\d+)\n.*\n( *)\^/m.exec(text);
  return match === null ? null : [match[1]!, Number(match[2]), match[3]!.length + 1];
}

function frameIn(file: string, stack: string): [number, number] {
  for (const line of stack.split('\n')) {
    const at = line.indexOf(file);
    if (at === -1) continue;
    const match = /^(?:\?[^:]*)?:(\d+):(\d+)/.exec(line.slice(at + file.length));
    if (match !== null) return [Number(match[1]), Number(match[2])];
  }
  return [1, 1];
}

/** Line and column where `text` stands in the file as a word, after skipping `skip` of them. */
function find(file: string, text: string, skip: number): [number, number] {
  if (!existsSync(file)) return [1, 1];
  const word = new RegExp(`(?<![\\w-])${text.replace(/[^\w]/g, '\\$&')}(?![\\w-])`, 'g');
  let left = skip;
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    for (const match of line.matchAll(word)) {
      if (left === 0) return [index + 1, match.index + 1];
      left -= 1;
    }
  }
  return [1, 1];
}

function place(file: string, line: number, column: number, cwd: string): string {
  return `${near(file, cwd)}:${line}:${column}`;
}

function near(path: string, cwd: string): string {
  const inside = path.startsWith('/') ? relative(cwd, path) : path;
  return inside.startsWith('..') ? path : inside;
}

function oneLine(text: string): string {
  return text.split('\n')[0]!.trim();
}

/** `file:line:column` of the innermost frame of a stack that lies in a scenario's file. */
export function placeInStack(file: string, stack: string, cwd: string): string {
  const [line, column] = frameIn(file, stack);
  return place(file, line, column, cwd);
}
