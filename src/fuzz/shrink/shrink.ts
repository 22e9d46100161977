// Makes a failing plan small and plain: fewer faults, operations, members and clients, an ordinary world, less
// time, round numbers. A candidate counts only if the same invariant is broken.
// Not here: what is tried (fewer.ts, simpler.ts, sooner.ts), threads and clocks (the host brings both).
//
// Taking one thing out changes what follows it: a message that is not sent draws no latency. Streams are keyed by
// identity, so most of the run stays; for the rest a candidate that passes is tried again under other seeds, which
// decide only what the plan leaves open.

import { RunningHash } from '../../base/hash.js';
import type { Micros } from '../../base/ids.js';
import type { Causes } from '../../scenario/causes.js';
import { atLeaders, pinned, type RecordedSchedule } from '../../scenario/pinned.js';
import type { Plan } from '../../scenario/plan.js';
import type { RunResult } from '../../scenario/result.js';
import { causesOnly } from './causes-only.js';
import { fallenLeaders } from './fallen-leaders.js';
import {
  fewerClients,
  fewerFaults,
  fewerMembers,
  fewerOperations,
  muchFewerFaults,
  muchFewerOperations,
  oneStretch,
} from './fewer.js';
import type { Pass } from './pass.js';
import { shorterLogs } from './shorter-logs.js';
import {
  fewerSeeds,
  ordinaryWorld,
  quietWorld,
  simplerFaults,
  simplerOperations,
  steadyElections,
} from './simpler.js';
import { lessTime, rounderTimes } from './sooner.js';

/** Where candidates run. */
export interface ShrinkHost {
  /** How many run at the same time. The result is the same for any number, if time does not run out. */
  readonly width: number;
  /** The results in the order of the plans. */
  run(plans: readonly Plan[]): Promise<readonly RunResult[]>;
  /** When and where the parts of a plan really begin. */
  record(plan: Plan): RecordedSchedule;
  /** What of a plan can have led to the violation in its run; null if none is broken. */
  causes(plan: Plan): Causes | null;
  /** Asked before every batch: true ends the search with what there is. */
  stopped(): boolean;
  /** Told after every batch. */
  progress(plan: Plan, runs: number): void;
}

export interface Shrunk {
  readonly plan: Plan;
  readonly result: RunResult;
  readonly runs: number;
  /** Whether everything was tried; false if it was stopped before. */
  readonly finished: boolean;
  /** By pass: candidates run, and how many of them failed alike. */
  readonly tried: Readonly<Record<string, { readonly runs: number; readonly kept: number }>>;
}

/** A stage runs its passes, each candidate under so many seeds, until none of them finds anything. */
interface Stage {
  readonly passes: readonly Pass[];
  readonly seeds: number;
  /** Faults that met the leader mean the leader again, so that another seed may have another one. */
  readonly symbolic?: true;
  /** Only where something was done that must not be, not where something was not done in time. */
  readonly safetyOnly?: true;
}

const TAKE_OUT_MUCH = [muchFewerFaults, muchFewerOperations, fewerClients];
const TAKE_OUT = [fewerFaults, fewerOperations, fewerClients];
const MAKE_PLAIN = [
  fewerSeeds,
  fewerMembers,
  ordinaryWorld,
  simplerFaults,
  lessTime,
  simplerOperations,
  rounderTimes,
];

/**
 * A quiet world comes first: where messages and disks take constant time, taking something out disturbs the rest
 * least. Whatever removes much comes before whatever makes little simpler.
 */
const STAGES: readonly Stage[] = [
  { passes: [quietWorld, ...TAKE_OUT_MUCH], seeds: 1 },
  { passes: [quietWorld, oneStretch, ...TAKE_OUT_MUCH], seeds: 10, symbolic: true },
  // Small plans of their own, in which nothing is healed.
  { passes: [fallenLeaders], seeds: 1, safetyOnly: true },
  { passes: [shorterLogs, ...TAKE_OUT], seeds: 1 },
  { passes: [oneStretch], seeds: 60, symbolic: true },
  { passes: [...TAKE_OUT, fewerMembers], seeds: 6, symbolic: true },
  { passes: [shorterLogs, ...TAKE_OUT, ...MAKE_PLAIN], seeds: 1 },
  { passes: [quietWorld, ...TAKE_OUT_MUCH], seeds: 60, symbolic: true },
  { passes: [...TAKE_OUT, ...MAKE_PLAIN], seeds: 4 },
  { passes: TAKE_OUT, seeds: 20, symbolic: true },
  // Last, because other seeds have nothing to decide any more. Members that time out alike may never elect anybody.
  {
    passes: [steadyElections, shorterLogs, ...TAKE_OUT, ...MAKE_PLAIN],
    seeds: 1,
    safetyOnly: true,
  },
];

/** The run of the smallest plan found; null if none is smaller than the one given. */
export async function shrinkPlan(
  plan: Plan,
  result: RunResult,
  host: ShrinkHost,
): Promise<Shrunk | null> {
  const search = new Search(plan, result, host);
  const finished = await search.finish();
  const { current, runs, tried } = search;
  if (current.plan === plan) return null;
  return { ...current, runs, finished, tried: Object.fromEntries(tried) };
}

interface Failing {
  readonly plan: Plan;
  readonly result: RunResult;
}

class Search {
  current: Failing;
  runs = 0;
  readonly tried = new Map<string, { runs: number; kept: number }>();
  private readonly invariant: string;
  private readonly host: ShrinkHost;
  /** Hashes of plans known not to fail alike. */
  private readonly refuted = new Set<string>();
  private seedsPerCandidate = 1;

  constructor(plan: Plan, result: RunResult, host: ShrinkHost) {
    this.current = { plan, result };
    this.invariant = result.violation?.invariant ?? '';
    this.host = host;
  }

  /** Goes through all stages; false if stopped before. */
  async finish(): Promise<boolean> {
    const { healUs } = this.current.plan;
    for (const stage of STAGES) {
      if (stage.safetyOnly && this.current.result.verdict === 'liveness') continue;
      this.seedsPerCandidate = stage.seeds;
      await this.cut(stage);
      for (let before: Plan | null = null; before !== this.current.plan; ) {
        before = this.current.plan;
        for (const pass of stage.passes) await this.go(pass);
        if (this.host.stopped()) break;
      }
    }
    const finished = !this.host.stopped();
    if (this.current.plan.healUs !== healUs)
      await this.judge('the end as it was', [this.withHeal(healUs)]);
    return finished;
  }

  private withHeal(healUs: Micros): Plan {
    return { ...this.current.plan, healUs };
  }

  /** Leaves out what comes after the failure or never had an effect, and names what is left. */
  private async cut(stage: Stage): Promise<void> {
    const { plan, result } = this.current;
    const { timeUs } = result.violation!;
    const schedule = this.host.record(plan);
    const early = result.verdict !== 'liveness' && timeUs < plan.durationUs;
    // A failure in the middle needs no end: without one, a candidate that does not fail is known sooner.
    const shorter = early
      ? { ...plan, durationUs: Math.min(plan.durationUs, afterUs(timeUs)), healUs: 0 }
      : plan;
    const base = { ...shorter, operationsMin: 0 };
    const exact = pinned(base, schedule, early ? timeUs : Number.POSITIVE_INFINITY);
    const candidates = [
      exact,
      { ...exact, faults: plan.faults },
      { ...exact, clients: plan.clients },
    ];
    for (const candidate of [...candidates, base]) {
      if ((await this.firstFailing('pinned times', [candidate])) !== null) break;
    }
    if (stage.symbolic) {
      const faults = atLeaders(this.current.plan, this.host.record(this.current.plan));
      await this.firstFailing('leaders by role', [{ ...this.current.plan, faults }]);
    }
    await this.leaveCauses();
  }

  /** Leaves out at once whatever cannot have led to the violation. */
  private async leaveCauses(): Promise<void> {
    const { plan } = this.current;
    const causes = this.host.causes(plan);
    if (causes === null) return;
    for (const candidate of causesOnly(plan, causes)) {
      if ((await this.firstFailing('causes only', [candidate])) !== null) return;
    }
  }

  private async go(pass: Pass): Promise<void> {
    const candidates = pass.candidates(this.current.plan, this.host.width);
    let next = candidates.next();
    while (!next.done) {
      if (this.host.stopped()) return;
      next = candidates.next(await this.firstFailing(pass.name, next.value));
    }
  }

  /** The first of the plans that fails alike, which becomes the current one; null if none does. */
  private async firstFailing(pass: string, plans: readonly Plan[]): Promise<Plan | null> {
    const simpler = plans.filter((plan) => this.isSimpler(plan));
    for (let attempt = 0; attempt < this.seedsPerCandidate; attempt++) {
      const open = simpler
        .map((plan) => (attempt === 0 ? plan : { ...plan, seed: reseeded(plan.seed, attempt) }))
        .filter((plan) => this.isNew(plan));
      if (open.length === 0) continue;
      if (this.host.stopped()) return null;
      const found = await this.judge(pass, open);
      if (found !== null) return found;
    }
    return null;
  }

  private isNew(plan: Plan): boolean {
    return !this.refuted.has(fingerprint(plan));
  }

  /** The current plan under another seed is no simpler. */
  private isSimpler(plan: Plan): boolean {
    const { seed } = this.current.plan;
    return fingerprint({ ...plan, seed }) !== fingerprint(this.current.plan);
  }

  /** Runs the plans; the first that fails alike becomes the current one. */
  private async judge(pass: string, plans: readonly Plan[]): Promise<Plan | null> {
    const results = await this.host.run(plans);
    const count = this.tried.get(pass) ?? { runs: 0, kept: 0 };
    this.tried.set(pass, count);
    count.runs += results.length;
    this.runs += results.length;
    let found: Plan | null = null;
    for (const [i, result] of results.entries()) {
      const plan = plans[i]!;
      if (result.violation?.invariant !== this.invariant) this.refuted.add(fingerprint(plan));
      else if (found === null) {
        found = plan;
        count.kept += 1;
        this.current = { plan, result };
      }
    }
    this.host.progress(this.current.plan, this.runs);
    return found;
  }
}

/** Another seed that follows from this one. */
function reseeded(seed: string, attempt: number): string {
  const hash = new RunningHash();
  hash.text(seed);
  hash.int(attempt);
  return String(Number.parseInt(hash.hex().slice(0, 12), 16));
}

function fingerprint(plan: Plan): string {
  const hash = new RunningHash();
  hash.text(JSON.stringify(plan));
  return hash.hex();
}

/** The first whole hundredth of a second after a moment. */
function afterUs(us: Micros): Micros {
  return (Math.floor(us / 10_000) + 1) * 10_000;
}
