// `simquake diff`: has two runs again and names the first event in which they differ, with what came before it on
// both sides. Not here: what makes two runs the same (fuzz/divergence.ts).

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { TraceEvent } from '../base/trace.js';
import { compareRecorded, traceLine } from '../fuzz/divergence.js';
import { parseFailure } from '../report/failure.js';
import { createWords } from '../report/viewer/words.js';
import type { Plan } from '../scenario/plan.js';
import { parseRegression } from '../scenario/regression.js';
import { UsageError } from '../scenario/usage-error.js';
import { buildInfo } from './build-info.js';
import { EXIT } from './exit-code.js';
import type { Host } from './host.js';
import { processesOf } from './report.js';
import type { Tools } from './tools.js';

export interface DiffCommand {
  readonly files: readonly [string, string];
  /** Compare the shrunk plans of failure files. */
  readonly shrunk: boolean;
  /** Events shown before the difference. */
  readonly context: number;
}

/** Returns 0 if the two runs are the same, 3 if they differ. */
export function diffCommand(command: DiffCommand, host: Host, tools: Tools): number {
  const [a, b] = command.files;
  const first = record(planOf(a, command, host), tools);
  const second = record(planOf(b, command, host), tools);
  const divergence = compareRecorded(first, second);
  if (divergence === null) {
    host.stdout.write(
      `the same run: ${first.events.length} trace events, ${first.result.traceHash}\n`,
    );
    return EXIT.ok;
  }
  const at = first.lines.findIndex((line, i) => line !== second.lines[i]);
  const position = at < 0 ? Math.min(first.lines.length, second.lines.length) : at;
  const total = Math.max(first.events.length, second.events.length);
  host.stdout.write(
    `the runs differ from ${divergence.place} on (trace event ${position + 1} of ${total})\n`,
  );
  const from = Math.max(0, position - command.context);
  if (position > from) host.stdout.write('both\n');
  for (const event of first.events.slice(from, position))
    host.stdout.write(`   ${first.say(event)}\n`);
  for (const [name, side] of [
    [a, first],
    [b, second],
  ] as const) {
    host.stdout.write(`${name}\n`);
    const next = side.events.slice(position, position + command.context);
    if (next.length === 0) host.stdout.write(' > the end of the run\n');
    for (const [i, event] of next.entries()) {
      host.stdout.write(`${i === 0 ? ' > ' : '   '}${side.say(event)}\n`);
    }
  }
  return EXIT.nondeterminism;
}

function record(plan: Plan, { engine }: Tools) {
  const events: TraceEvent[] = [];
  const result = engine.runPlan(plan, { trace: (event) => events.push(event) });
  const places = processesOf(plan).map((process) => ({ ...process, x: 0, y: 0 }));
  const words = createWords(places);
  const say = (event: TraceEvent): string =>
    `${words.precise(event.t)}  #${event.n}  ${words.sentence(event)}`;
  return { result, events, lines: events.map(traceLine), say };
}

/** The plan in a failure file or in a regression. */
function planOf(file: string, { shrunk }: DiffCommand, host: Host): Plan {
  let text: string;
  try {
    text = readFileSync(resolve(host.cwd, file), 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UsageError(`${file}: cannot be read (${code}); give a failure file or a regression`);
  }
  if (!text.includes('"checksum"')) return parseRegression(text, file).plan;
  const failure = parseFailure(text, file, buildInfo().version);
  if (!shrunk) return failure.original.plan;
  if (failure.shrunk !== null) return failure.shrunk.plan;
  throw new UsageError(`${file}: holds no shrunk plan; compare it without --shrunk`);
}
