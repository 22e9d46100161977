// Benchmarks of the simulator: `npm run bench`. Every figure is CPU time (user + system, so the compiler's
// and the collector's threads count) of a fresh process doing one job. A process first runs until its code
// is compiled; what those first runs cost is a figure of its own. Rounds of all jobs are interleaved, so
// that load on the machine meets them alike; ratios are medians of the ratios within one round.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { compilePlan, type RunOptions, runPlan } from 'simquake';
import { calm } from '../scenarios/calm.js';
import { everything } from '../scenarios/everything.js';

type Plan = ReturnType<typeof compilePlan>;

interface Figures {
  /** A run, while the code was still being compiled, and after. */
  readonly coldMs: number;
  readonly warmMs: number;
  readonly events: number;
  readonly virtualSeconds: number;
  readonly runs: number;
  readonly failures: number;
}

interface Job {
  readonly plans: () => Plan[];
  readonly options: RunOptions;
}

const ROUNDS = 3;
/** The same plans are run first to warm up and then to be measured. */
const WARM_UP_PASSES = 2;
const MINUTE_PLANS = 12;
const MINUTE_US = 60_000_000;
const WORKERS = 2;
/** Of semispace, a third of the young generation: what campaigns give each of their threads. */
const SEMI_SPACE_MB = 64;

/** What a run does without being watched. Each job below switches on one thing more, or all of them. */
const BARE: RunOptions = {
  hash: false,
  wire: false,
  checks: { invariants: false, linearizability: false },
};

const JOBS: Readonly<Record<string, Job>> = {
  calm: { plans: () => plansOf(calm, MINUTE_PLANS), options: {} },
  everything: { plans: () => plansOf(everything, 3 * MINUTE_PLANS), options: {} },
  'minute-all-checks': { plans: minutes, options: {} },
  'minute-bare': { plans: minutes, options: BARE },
  'minute-hash': { plans: minutes, options: { ...BARE, hash: true } },
  'minute-codec': { plans: minutes, options: { ...BARE, wire: true } },
  'minute-trace': { plans: minutes, options: { ...BARE, trace: () => {} } },
  'minute-invariants': {
    plans: minutes,
    options: { ...BARE, checks: { invariants: true, linearizability: false } },
  },
  // The history is judged with what the invariants learned of unanswered writes, so it needs them.
  'minute-linearizability': {
    plans: minutes,
    options: { ...BARE, checks: { invariants: true, linearizability: true } },
  },
};

/** What each cost is measured against. */
const COSTS: readonly (readonly [name: string, job: string, base: string])[] = [
  ['hashing', 'minute-hash', 'minute-bare'],
  ['codec', 'minute-codec', 'minute-bare'],
  ['tracing', 'minute-trace', 'minute-bare'],
  ['invariants', 'minute-invariants', 'minute-bare'],
  ['linearizability', 'minute-linearizability', 'minute-invariants'],
  ['all checks', 'minute-all-checks', 'minute-bare'],
];

const job = process.argv[2];
if (job === undefined) report();
else if (job === 'workers') await runWorkers(Number(process.argv[3]));
else process.stdout.write(`${JSON.stringify(measure(JOBS[job]!))}\n`);

function measure({ plans: makePlans, options }: Job): Figures {
  const plans = makePlans();
  const began = process.cpuUsage();
  for (let pass = 0; pass < WARM_UP_PASSES; pass++) {
    for (const plan of plans) runPlan(plan, options);
  }
  const coldMs = cpuMsSince(began) / (WARM_UP_PASSES * plans.length);
  const started = process.cpuUsage();
  let events = 0;
  let virtualUs = 0;
  let failures = 0;
  for (const plan of plans) {
    const result = runPlan(plan, options);
    events += result.events;
    virtualUs += result.virtualUs;
    if (result.verdict !== 'pass') failures++;
  }
  const warmMs = cpuMsSince(started) / plans.length;
  return { coldMs, warmMs, events, virtualSeconds: virtualUs / 1e6, runs: plans.length, failures };
}

/** The job with all checks in so many threads of one process, each doing all of it. CPU ms a run, start included. */
async function runWorkers(count: number): Promise<void> {
  const began = process.cpuUsage();
  const script = fileURLToPath(import.meta.url);
  const threads = Array.from({ length: count }, () => {
    // A thread does not inherit the loader of TypeScript.
    const load = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(script)}, ${JSON.stringify(import.meta.url)}))`;
    const worker = new Worker(load, {
      eval: true,
      argv: ['minute-all-checks'],
      stdout: true,
      resourceLimits: { maxYoungGenerationSizeMb: 3 * SEMI_SPACE_MB },
    });
    return new Promise<void>((resolve, reject) =>
      worker.on('exit', () => resolve()).on('error', reject),
    );
  });
  await Promise.all(threads);
  const runs = count * MINUTE_PLANS * (WARM_UP_PASSES + 1);
  process.stdout.write(`${JSON.stringify(cpuMsSince(began) / runs)}\n`);
}

function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function plansOf(scenario: typeof calm, count: number): Plan[] {
  return Array.from({ length: count }, (_, i) => compilePlan(scenario, String(i + 1)));
}

/** `everything` stretched to a minute: three times the operations, the faults spread over it. */
function minutes(): Plan[] {
  return plansOf(everything, MINUTE_PLANS).map((plan) => ({
    ...plan,
    durationUs: MINUTE_US,
    clients: plan.clients.map(({ operations }) => ({
      operations: [...operations, ...operations, ...operations],
    })),
    faults: plan.faults.map((fault) => ({ ...fault, atUs: fault.atUs * 3 })),
  }));
}

function report(): void {
  const rounds: Map<string, Figures>[] = [];
  const workers: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(new Map(Object.keys(JOBS).map((name) => [name, inProcess<Figures>(name)])));
    workers.push(inProcess<number>('workers', String(WORKERS)) / inProcess<number>('workers', '1'));
  }
  const line = (text: string): void => void process.stdout.write(`${text}\n`);
  line(
    `Method: CPU time (user + system, all threads); medians over ${ROUNDS} fresh processes a job, interleaved;`,
  );
  line(
    `warm: after ${WARM_UP_PASSES} passes over the plans; cold: those passes. ${MINUTE_PLANS} plans of a virtual minute;`,
  );
  line(`young generation as in campaigns, ${3 * SEMI_SPACE_MB} MB. Node ${process.version}`);
  line('');
  line(
    'job                       cold ms/run  warm ms/run  events/run  ns/event   events/s  virtual s/CPU s  runs/s  failures',
  );
  for (const name of Object.keys(JOBS))
    line(
      row(
        name,
        rounds.map((round) => round.get(name)!),
      ),
    );
  line('');
  for (const [name, of, base] of COSTS) {
    const ratio = median(
      rounds.map((round) => nsPerEvent(round.get(of)!) / nsPerEvent(round.get(base)!)),
    );
    const against = base === 'minute-bare' ? 'the bare run' : 'the run with invariants';
    line(`cost of ${name.padEnd(16)} ${ratio.toFixed(2)} times ${against}, an event`);
  }
  line(
    `${WORKERS} workers against 1     ${median(workers).toFixed(2)} times the CPU a run, start included`,
  );
}

function row(name: string, results: readonly Figures[]): string {
  const coldMs = median(results.map((result) => result.coldMs));
  const warmMs = median(results.map((result) => result.warmMs));
  const { events, virtualSeconds, runs, failures } = results[0]!;
  const warmSeconds = (warmMs * runs) / 1000;
  const cells: readonly (readonly [text: string, width: number])[] = [
    [coldMs.toFixed(1), 12],
    [warmMs.toFixed(1), 13],
    [whole(events / runs), 12],
    [whole((warmSeconds / events) * 1e9), 10],
    [whole(events / warmSeconds), 11],
    [whole(virtualSeconds / warmSeconds), 17],
    [(runs / warmSeconds).toFixed(1), 8],
    [String(failures), 10],
  ];
  return name.padEnd(25) + cells.map(([text, width]) => text.padStart(width)).join('');
}

function nsPerEvent({ warmMs, runs, events }: Figures): number {
  return (warmMs * runs * 1e6) / events;
}

function inProcess<T>(...words: readonly string[]): T {
  const flags = ['--import', 'tsx', `--max-semi-space-size=${SEMI_SPACE_MB}`];
  const args = [...flags, fileURLToPath(import.meta.url), ...words];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as T;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
