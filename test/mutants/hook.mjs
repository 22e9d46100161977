// A module loader hook: serves the built program with one file replaced by its mutated source, and
// TypeScript scenarios as JavaScript. Product code knows nothing of it.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

let mutated = { url: '', source: '' };

export function initialize(data) {
  mutated = data;
}

export async function load(url, context, next) {
  if (url === mutated.url) return module(mutated.source);
  if (url.endsWith('.ts')) return module(await readFile(fileURLToPath(url), 'utf8'));
  return next(url, context);
}

async function module(source) {
  const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'es2022' });
  return { format: 'module', source: code, shortCircuit: true };
}
