// What a campaign has to do with its corpus: runs the failures saved there, and saves what it finds.
// Not here: the store (fuzz/corpus.ts), and the campaign (fuzz.ts).

import { signatureOf } from '../fuzz/buckets.js';
import type { Corpus } from '../fuzz/corpus.js';
import {
  CORPUS_FORMAT,
  type CorpusFinding,
  type CorpusRecord,
  runnablePlan,
} from '../fuzz/corpus-record.js';
import type { Engine } from '../fuzz/engine.js';
import type { Plan } from '../scenario/plan.js';
import { judgeRegression } from '../scenario/regression.js';
import type { RunResult } from '../scenario/result.js';
import type { BuildInfo } from './build-info.js';
import { damageText } from './corpus.js';

export interface SavedRun {
  readonly key: string;
  readonly plan: Plan;
  readonly finding: CorpusFinding;
  readonly result: RunResult;
  readonly state: CorpusFinding['state'];
  /** One sentence; empty for `mended`. */
  readonly reason: string;
}

export class SavedPlans {
  /** What is wrong with the corpus, one line each. */
  readonly damage: readonly string[];
  /** Failures that are not run: another simquake saved them, or they had gone stale. */
  readonly skipped: number;
  private readonly corpus: Corpus;
  private readonly build: BuildInfo;
  private readonly failing: readonly [key: string, record: CorpusRecord, plan: Plan][];
  private readonly reached: Set<string>;

  constructor(corpus: Corpus, build: BuildInfo) {
    this.corpus = corpus;
    this.build = build;
    const content = corpus.read();
    this.damage = damageText(corpus.shown, content);
    const failing: [string, CorpusRecord, Plan][] = [];
    this.reached = new Set();
    let skipped = 0;
    for (const [key, record] of content.records) {
      const plan = runnablePlan(record, build.version);
      if (plan !== null) for (const name of record.reached) this.reached.add(name);
      if (record.finding === null) continue;
      if (plan === null) skipped += 1;
      else failing.push([key, record, plan]);
    }
    this.failing = failing;
    this.skipped = skipped;
  }

  /** Saved failures that can be run. */
  get count(): number {
    return this.failing.length;
  }

  /** Runs every saved failure, and keeps what became of it. */
  *run(engine: Engine, wire: boolean): Generator<SavedRun> {
    for (const [key, record, plan] of this.failing) {
      const finding = record.finding!;
      const result = engine.runPlan(plan, { wire });
      const judged = judge(finding, result, () => engine.runPlan(plan, { wire }).traceHash);
      const { state } = judged;
      if (state !== finding.state) {
        this.corpus.add({ ...record, finding: { ...finding, state } });
      }
      yield { key, plan, finding, result, ...judged };
    }
  }

  /** Saves a plan that failed. A run that tested nothing is not one. */
  saveFailure(plan: Plan, result: RunResult): void {
    const { verdict, violation, reason, faults, operations } = result;
    if (verdict === 'pass' || verdict === 'vacuous') return;
    const finding: CorpusFinding = {
      verdict,
      name: violation?.invariant ?? verdict,
      signature: signatureOf(violation?.message ?? reason),
      exercised: { faults: faults.effective, operations: operations.ok },
      state: 'fails',
    };
    this.corpus.add({ ...this.envelope(), finding, reached: [], plan });
  }

  /** Saves the plan of a run if it reached what no saved plan reached. */
  saveReached(reached: readonly string[], plan: () => Plan): void {
    if (reached.every((name) => this.reached.has(name))) return;
    this.corpus.add({ ...this.envelope(), finding: null, reached: [...reached], plan: plan() });
    for (const name of reached) this.reached.add(name);
  }

  private envelope() {
    const { version, commit, dirty } = this.build;
    return { format: CORPUS_FORMAT, simquake: version, commit, dirty } as const;
  }
}

function judge(
  finding: CorpusFinding,
  result: RunResult,
  traceHashAgain: () => string,
): Pick<SavedRun, 'state' | 'reason'> {
  // One run cannot show that two differ, and two that agree do not show that all do.
  if (finding.verdict === 'nondeterminism' && result.verdict === 'pass') {
    const again = traceHashAgain();
    return again === result.traceHash
      ? { state: 'stale', reason: 'two runs of it agree, which does not prove that all do' }
      : { state: 'fails', reason: 'again nondeterminism: two runs of it differ' };
  }
  if (result.verdict === 'vacuous') return { state: 'stale', reason: result.reason };
  const once = { invariant: finding.name };
  const { verdict, reason } = judgeRegression({ once, exercised: finding.exercised }, result);
  return { state: verdict === 'pass' ? 'mended' : verdict === 'fail' ? 'fails' : 'stale', reason };
}
