// A module loader hook: gives tests in TypeScript the built program instead of its source, with some files
// replaced by their mutated sources. Product code knows nothing of it.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

let root = '';
let mutated = {};

export function initialize(data) {
  root = data.root;
  mutated = data.sources;
}

export async function resolve(specifier, context, next) {
  if (!specifier.startsWith('.') || context.parentURL === undefined)
    return next(specifier, context);
  const { href } = new URL(specifier, context.parentURL);
  if (href.startsWith(`${root}/src/`)) {
    return { url: href.replace(`${root}/src/`, `${root}/dist/`), shortCircuit: true };
  }
  const typed = href.replace(/\.js$/, '.ts');
  if (typed !== href && existsSync(fileURLToPath(typed))) return { url: typed, shortCircuit: true };
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (mutated[url] !== undefined) return module(mutated[url]);
  if (url.endsWith('.ts')) return module(await readFile(fileURLToPath(url), 'utf8'));
  return next(url, context);
}

async function module(source) {
  const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'es2022' });
  return { format: 'module', source: code, shortCircuit: true };
}
