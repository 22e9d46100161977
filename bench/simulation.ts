// Benchmarks of the simulator: `npm run bench`. Every figure is CPU time (user + system) of a fresh process
// doing one job, the median of several processes; ratios compare jobs of the same invocation.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compilePlan, type RunOptions, runPlan } from 'simquake';
import { calm } from '../scenarios/calm.js';
import { everything } from '../scenarios/everything.js';

type Plan = ReturnType<typeof compilePlan>;

interface Figures {
  readonly cpuSeconds: number;
  readonly events: number;
  readonly virtualSeconds: number;
  readonly runs: number;
  readonly failures: number;
}

const PROCESSES = 5;
const MINUTE_US = 60_000_000;

/** Off: the bare run. Each job below switches on one thing more than `bare`, or all of them. */
const BARE: RunOptions = {
  hash: false,
  wire: false,
  checks: { invariants: false, linearizability: false },
};

const JOBS: Readonly<Record<string, () => Figures>> = {
  calm: () => measure(plansOf(calm, 6), {}),
  everything: () => measure(plansOf(everything, 12), {}),
  'minute-all-checks': () => measure(minutes(6), {}),
  'minute-bare': () => measure(minutes(6), BARE),
  'minute-hash': () => measure(minutes(6), { ...BARE, hash: true }),
  'minute-codec': () => measure(minutes(6), { ...BARE, wire: true }),
  'minute-invariants': () =>
    measure(minutes(6), { ...BARE, checks: { invariants: true, linearizability: false } }),
  'minute-linearizability': () =>
    measure(minutes(6), { ...BARE, checks: { invariants: true, linearizability: true } }),
  'minute-trace': () => measure(minutes(6), { ...BARE, trace: () => {} }),
};

const job = process.argv[2];
if (job === undefined) report();
else process.stdout.write(`${JSON.stringify(JOBS[job]?.())}\n`);

function measure(plans: readonly Plan[], options: RunOptions): Figures {
  // The first seeds pay for compilation; one plan warms up, uncounted.
  runPlan(plans[0]!, options);
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
  const { user, system } = process.cpuUsage(started);
  const cpuSeconds = (user + system) / 1e6;
  return { cpuSeconds, events, virtualSeconds: virtualUs / 1e6, runs: plans.length, failures };
}

function plansOf(scenario: typeof calm, count: number): Plan[] {
  return Array.from({ length: count }, (_, i) => compilePlan(scenario, String(i + 1)));
}

/** `everything` stretched to a minute: three times the operations, the faults spread over it. */
function minutes(count: number): Plan[] {
  return plansOf(everything, count).map((plan) => ({
    ...plan,
    durationUs: MINUTE_US,
    clients: plan.clients.map(({ operations }) => ({
      operations: [...operations, ...operations, ...operations],
    })),
    faults: plan.faults.map((fault) => ({ ...fault, atUs: fault.atUs * 3 })),
  }));
}

function report(): void {
  const medians = new Map<string, Figures>();
  for (const name of Object.keys(JOBS)) medians.set(name, median(name));
  const line = (text: string): void => void process.stdout.write(`${text}\n`);
  line(
    `CPU time, median of ${PROCESSES} fresh processes a job, one warm-up run each; Node ${process.version}`,
  );
  line('');
  line('job                       events/s  virtual s/CPU s  runs/s  failures');
  for (const [name, f] of medians) {
    line(
      `${name.padEnd(24)} ${format(f.events / f.cpuSeconds)}  ${format(f.virtualSeconds / f.cpuSeconds).padStart(15)}  ${(f.runs / f.cpuSeconds).toFixed(1).padStart(6)}  ${f.failures}`,
    );
  }
  line('');
  const bare = medians.get('minute-bare')!.cpuSeconds;
  for (const name of ['hash', 'codec', 'invariants', 'linearizability', 'trace', 'all-checks']) {
    const ratio = medians.get(`minute-${name}`)!.cpuSeconds / bare;
    line(`cost of ${name.padEnd(16)} ${ratio.toFixed(2)} times the bare run`);
  }
}

function median(name: string): Figures {
  const results: Figures[] = [];
  for (let i = 0; i < PROCESSES; i++) {
    const args = ['--import', 'tsx', fileURLToPath(import.meta.url), name];
    results.push(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Figures);
  }
  results.sort((a, b) => a.cpuSeconds - b.cpuSeconds);
  return results[Math.floor(PROCESSES / 2)]!;
}

function format(value: number): string {
  return Math.round(value).toLocaleString('en-US').padStart(9);
}
