// A module loader hook: serves the built program with some files replaced by their mutated sources, and
// TypeScript scenarios as JavaScript. Product code knows nothing of it.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

let mutated = {};

export function initialize(sources) {
  mutated = sources;
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
