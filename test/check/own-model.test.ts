// The example of docs/CHECKING.md, run as it stands there.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { LinearizabilityResult } from '../../src/check/linearizability/result.js';

const ROOT = join(import.meta.dirname, '..', '..');
const directory = mkdtempSync(join(ROOT, 'node_modules', '.example-'));

afterAll(() => rmSync(directory, { recursive: true }));

describe('the model of your own', () => {
  it('finds that two clients were told the same', async () => {
    const text = readFileSync(join(ROOT, 'docs', 'CHECKING.md'), 'utf8');
    const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    const file = join(directory, 'example.ts');
    const entry = pathToFileURL(join(ROOT, 'src', 'check', 'index.ts')).href;
    writeFileSync(file, code.replace("'simquake/check'", `'${entry}'`));
    const { result } = (await import(file)) as { result: LinearizabilityResult };
    if (result.verdict !== 'violation') expect.fail(result.verdict);
    expect(result.reason).toMatch(/^operation 2 .* cannot be placed: the counter is 1;/);
  });
});
