// Keeps the history of a run and judges it: while the run goes on, so that it stops at the answer that
// makes the history illegal, and once more as a whole when it has ended.
// Not here: the checkers (src/check/linearizability), or what else is watched in a run (run.ts).
//
// Who made a revision that nobody claims is in the committed log. The log is a witness, never an
// authority: an order found with its help is replayed against the history as clients know it, and where the
// log's fates fit no order, that is a violation too.

import { assert } from '../base/assert.js';
import type { Micros, ProcessId } from '../base/ids.js';
import type { Outcome } from '../base/trace.js';
import type { Operation } from '../check/history.js';
import { boundUnanswered, endedAs, resolveUnknown } from '../check/history.js';
import type { WriteJudge } from '../check/invariant/acknowledged-writes.js';
import { BrokenInvariant } from '../check/invariant/invariant.js';
import { LINEARIZABLE } from '../check/invariant/processes.js';
import type { HistoryVerdict } from '../check/judgement.js';
import {
  judgeLinearizable,
  judgementOf,
  type LinearizabilityJudgement,
} from '../check/linearizability/judge.js';
import { etcdModel } from '../check/linearizability/models/etcd-model.js';
import { wrongRefusal } from '../check/linearizability/refusals.js';
import { replay } from '../check/linearizability/replay.js';
import type { LinearizabilityResult } from '../check/linearizability/result.js';
import { checkLinearizable } from '../check/linearizability/search.js';
import { OnlineWitness } from '../check/linearizability/witness/online-witness.js';
import type { KvRequest, KvResult } from '../etcdpb/kv.js';

type KvOperation = Operation<KvRequest, KvResult>;
type Invocation = Pick<KvOperation, 'id' | 'client' | 'input' | 'callUs'>;

/** A moment of a run. */
export interface Moment {
  readonly event: number;
  readonly timeUs: Micros;
}

export interface HistoryEnding {
  readonly verdict: HistoryVerdict;
  readonly reason: string;
  /** When the answer came that made the history illegal; null without a violation. */
  readonly moment: Moment | null;
}

interface Question {
  readonly history: readonly KvOperation[];
  readonly log: readonly number[];
}

interface HistoryWatchOptions {
  readonly writes: WriteJudge;
  readonly clientName: (id: ProcessId) => string;
  /** Whether to judge while the run goes on. */
  readonly watches: () => boolean;
  readonly now: () => Moment;
  /** Told of the history that decided, and of the judgement. */
  readonly onJudged: (
    operations: readonly KvOperation[],
    judgement: LinearizabilityJudgement,
  ) => void;
}

/** Steps of the general search before it gives up, undecided. */
const SEARCH_STEPS_MAX = 200_000;

export class HistoryWatch {
  private readonly options: HistoryWatchOptions;
  private readonly open = new Map<number, Invocation>();
  private readonly ended: KvOperation[] = [];
  /** When each ended. */
  private readonly moments: Moment[] = [];
  private readonly online: OnlineWitness;

  constructor(options: HistoryWatchOptions) {
    this.options = options;
    this.online = new OnlineWitness({ clientName: options.clientName });
  }

  invoke(invocation: Invocation): void {
    this.open.set(invocation.id, invocation);
    if (this.options.watches()) this.online.invoke(invocation);
  }

  /** The request that an id stands for, while it is under way. */
  request(id: number): KvRequest {
    return this.open.get(id)!.input;
  }

  /** A write took its place in the committed log. */
  committed(id: number): void {
    this.online.logged(id);
  }

  /** Throws {@link BrokenInvariant} if no order explains the history any more. */
  complete(id: number, outcome: Outcome, output: KvResult | null): void {
    const moment = this.options.now();
    const invocation = this.open.get(id)!;
    this.open.delete(id);
    const returnUs = outcome === 'unknown' ? Number.POSITIVE_INFINITY : moment.timeUs;
    this.ended.push(endedAs(invocation, outcome, output, returnUs));
    this.moments.push(moment);
    const wasWatching = this.online.verdict === 'watching';
    if (this.online.complete(id, outcome, output, moment.timeUs) !== 'violation') return;
    if (!wasWatching) return;
    const question = this.unaided(this.ended.length);
    if (this.check(question).verdict !== 'violation') return;
    throw new BrokenInvariant(LINEARIZABLE, this.reasonOf(question));
  }

  /**
   * The verdict on all of it. An order that fits the fates of the log also explains the history as clients know it,
   * which the replay proves: what is unknown to them may have happened or not. So the search without the log's help,
   * which is harder, is needed only where the first finds no such order.
   */
  judge(): HistoryEnding {
    const count = this.ended.length;
    const wrong = wrongRefusal(this.ended, this.options.clientName);
    if (wrong !== null) {
      const moment = this.moments[this.ended.indexOf(wrong.operation)]!;
      return { verdict: 'violation', reason: wrong.reason, moment };
    }
    const questions = [
      (ended: number) => this.byTheLog(ended),
      (ended: number) => this.unaided(ended),
    ];
    let undecided = '';
    for (const ask of questions) {
      const question = ask(count);
      const result = this.check(question);
      if (result.verdict === 'violation') return this.locate(ask);
      this.options.onJudged(question.history, judgementOf(question.history, etcdModel(), result));
      if (result.verdict === 'undecided') {
        undecided = result.reason;
        continue;
      }
      const flaw = replay(this.history(count), etcdModel(), result.orders);
      assert(flaw === null, 'the checker accepted an order that is not legal', { flaw });
      return { verdict: 'ok', reason: '', moment: null };
    }
    return { verdict: 'undecided', reason: undecided, moment: null };
  }

  /** All of it, with what is still under way. */
  whole(): readonly KvOperation[] {
    return this.history(this.ended.length);
  }

  /** The first answer after which there is no order. */
  private locate(ask: (ended: number) => Question): HistoryEnding {
    let low = 1;
    let high = this.ended.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.check(ask(middle)).verdict === 'violation') high = middle;
      else low = middle + 1;
    }
    return {
      verdict: 'violation',
      reason: this.reasonOf(ask(low)),
      moment: this.moments[low - 1]!,
    };
  }

  private check({ history, log }: Question): LinearizabilityResult {
    const model = etcdModel(history, { log, clientName: this.options.clientName });
    return checkLinearizable(history, model, { stepsMax: SEARCH_STEPS_MAX });
  }

  private reasonOf({ history, log }: Question): string {
    const { clientName } = this.options;
    const judgement = judgeLinearizable(history, etcdModel(), {
      pruned: etcdModel(history, { log, clientName }),
      stepsMax: SEARCH_STEPS_MAX,
      nameOfClient: clientName,
    });
    this.options.onJudged(history, judgement);
    return judgement.reason;
  }

  /** What clients alone know. The log only says where to look first: an order has to be legal by itself. */
  private unaided(ended: number): Question {
    const log = this.options.writes.inOrder();
    return { history: this.history(ended), log };
  }

  /** The same with the fates that the committed log gives to what has no answer. */
  private byTheLog(ended: number): Question {
    const { writes } = this.options;
    const resolved = resolveUnknown(this.history(ended), ({ id }) =>
      writes.isCommitted(id) ? 'applied' : 'never',
    );
    const log = writes.inOrder();
    return { history: boundUnanswered(resolved, log), log };
  }

  /** The history as it was when so many operations had ended. Others may have had their effect. */
  private history(ended: number): KvOperation[] {
    const last = ended === this.ended.length ? Infinity : this.moments[ended - 1]!.timeUs;
    const history = this.ended.slice(0, ended);
    const unanswered = (invocation: Invocation): void => {
      if (invocation.callUs > last) return;
      history.push(endedAs<KvRequest, KvResult>(invocation, 'unknown', null, Infinity));
    };
    for (let i = ended; i < this.ended.length; i++) unanswered(this.ended[i]!);
    for (const invocation of this.open.values()) unanswered(invocation);
    return history;
  }
}
