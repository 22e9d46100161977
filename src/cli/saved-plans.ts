// What a campaign has to do with its corpus: runs the failures saved there, and saves what it finds.
// Not here: the store (fuzz/corpus.ts), and the campaign (fuzz.ts).

import { signatureOf } from '../fuzz/buckets.js';
import type { Corpus } from '../fuzz/corpus.js';
import { findingKey, largest, planSize } from '../fuzz/corpus-cover.js';
import {
  CORPUS_FORMAT,
  type CorpusFinding,
  type CorpusRecord,
  planKey,
  runnablePlan,
} from '../fuzz/corpus-record.js';
import type { Engine } from '../fuzz/engine.js';
import type { Plan } from '../scenario/plan.js';
import { judgeRegression } from '../scenario/regression.js';
import type { RunResult } from '../scenario/result.js';
import type { BuildInfo } from './build-info.js';
import { damageText } from './corpus.js';
import type { SavedRun } from './outcomes.js';

/** So many plans that still fail show that a finding is not mended; the others of it need not run. */
const FAILS_ENOUGH = 3;

interface Failing {
  readonly key: string;
  readonly record: CorpusRecord;
  readonly plan: Plan;
  readonly size: number;
}

export class SavedPlans {
  /** What is wrong with the corpus, one line each. */
  readonly damage: readonly string[];
  /** Failures that are not run: another simquake saved them, or they had gone stale. */
  readonly skipped: number;
  /** Plans that reached a mark before any other and did not fail: exploration can start from them. */
  readonly starts: readonly Plan[];
  /** Failures that were not run because enough others showed the same finding. */
  shown = 0;
  private readonly corpus: Corpus;
  private readonly build: BuildInfo;
  private readonly perFinding: number;
  /** In the order in which they run: the smallest of each finding, then the next of each. */
  private readonly failing: readonly Failing[];
  /** By finding: keys and sizes of what is saved. */
  private readonly kept = new Map<string, Map<string, number>>();
  private readonly reached: Set<string>;

  /** @param perFinding how many plans that show one finding are kept */
  constructor(corpus: Corpus, build: BuildInfo, perFinding: number) {
    this.corpus = corpus;
    this.build = build;
    this.perFinding = perFinding;
    const content = corpus.read();
    this.damage = damageText(corpus.shown, content);
    const failing: Failing[] = [];
    const starts: Plan[] = [];
    this.reached = new Set();
    let skipped = 0;
    for (const [key, record] of content.records) {
      const plan = runnablePlan(record, build.version);
      if (plan !== null) for (const name of record.reached) this.reached.add(name);
      if (record.finding === null) {
        if (plan !== null) starts.push(plan);
        continue;
      }
      const size = planSize(record.plan);
      this.keptOf(record.finding).set(key, size);
      if (plan === null) skipped += 1;
      else failing.push({ key, record, plan, size });
    }
    this.failing = inTurns(failing);
    this.starts = starts;
    this.skipped = skipped;
  }

  /** Saved failures that can be run. */
  get count(): number {
    return this.failing.length;
  }

  /** Runs saved failures, all but those of findings that enough others still show, and keeps what became of each. */
  *run(engine: Engine, wire: boolean): Generator<SavedRun> {
    const fails = new Map<string, number>();
    for (const { key, record, plan } of this.failing) {
      const finding = record.finding!;
      const shown = fails.get(findingKey(finding)) ?? 0;
      if (shown >= FAILS_ENOUGH) {
        this.shown += 1;
        continue;
      }
      const result = engine.runPlan(plan, { wire });
      const judged = judge(finding, result, () => engine.runPlan(plan, { wire }).traceHash);
      const { state } = judged;
      if (state === 'fails') fails.set(findingKey(finding), shown + 1);
      if (state !== finding.state) {
        this.corpus.add({ ...record, finding: { ...finding, state } });
      }
      yield { key, plan, finding, result, ...judged };
    }
  }

  /**
   * Saves a plan that failed, in place of the largest one where enough are saved that fail so. A run that tested nothing
   * is no failure. Counts what this process knows of: several at once may save more.
   */
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
    const kept = this.keptOf(finding);
    const key = planKey(plan);
    kept.set(key, planSize(plan));
    const excess = largest(kept, this.perFinding);
    for (const other of excess) kept.delete(other);
    if (!excess.includes(key)) {
      this.corpus.add({ ...this.envelope(), finding, reached: [], plan });
    }
    const others = excess.filter((other) => other !== key);
    if (others.length === 0) return;
    this.corpus.remove(({ records }) =>
      others.filter((other) => records.get(other)?.reached.length === 0),
    );
  }

  private keptOf(finding: CorpusFinding): Map<string, number> {
    const of = findingKey(finding);
    let kept = this.kept.get(of);
    if (kept === undefined) {
      kept = new Map();
      this.kept.set(of, kept);
    }
    return kept;
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

/** The smallest of each finding, then the next smallest of each, and so on. */
function inTurns(failing: readonly Failing[]): Failing[] {
  const ranks = new Map<string, number>();
  return [...failing]
    .sort((a, b) => a.size - b.size || (a.key < b.key ? -1 : 1))
    .map((one) => {
      const of = findingKey(one.record.finding!);
      const rank = ranks.get(of) ?? 0;
      ranks.set(of, rank + 1);
      return { one, rank };
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ one }) => one);
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
