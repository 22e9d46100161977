// Prints the trace hash of `everything` for every seed on the command line, using the built program.

import { register } from 'node:module';

register('../mutants/hook.mjs', import.meta.url, { data: { url: '', source: '' } });
const { runPlan, compilePlan } = await import('../../dist/index.js');
const { everything } = await import('../../scenarios/everything.ts');
for (const seed of process.argv.slice(2)) {
  process.stdout.write(`${runPlan(compilePlan(everything, seed)).traceHash}\n`);
}
