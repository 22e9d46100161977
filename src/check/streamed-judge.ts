// Judging a history while it is read. Nothing of it is kept but what a violation may be proved from: where that
// does not suffice, and where no verdict was reached, the text is read again, and judged as a whole or up to the
// moment that shows the violation.
// Not here: the judging (linearizability/online), and reading again (cli/check.ts).

import type { ClientEvent } from './format/client-events.js';
import { EventOperations } from './format/event-operations.js';
import type { Json } from './format/json.js';
import { OperationLines } from './format/operation-lines.js';
import type { PlaceIn } from './format/parsed.js';
import {
  type HistoryJudge,
  type JudgeOptions,
  type LinearizableSubject,
  type RefusalWatcher,
  rowsOf,
} from './history-judge.js';
import type { Judged } from './judged.js';
import { judgeSurroundings } from './linearizability/judge.js';
import type { HistoryStream } from './linearizability/online/history-stream.js';
import { type Again, WHOLE } from './reading.js';

/** What became of the order that proves an `ok`: the replay has seen it, and nobody keeps it. */
export interface StreamedCertificate {
  readonly kind: 'replayed';
  /** How many operations are in the order. */
  readonly placed: number;
}

export class StreamedHistoryJudge<S, I, O> implements HistoryJudge {
  private readonly subject: LinearizableSubject<S, I, O>;
  private readonly events: EventOperations<I, O> | null;
  private readonly lines: OperationLines<I, O>;
  private readonly history: HistoryStream<I, O>;
  private readonly refusals: RefusalWatcher<I, O> | null;
  private count = 0;
  /** The last operation of the text that had been called when the violation showed. */
  private lastCalled = 0;

  constructor(subject: LinearizableSubject<S, I, O>, history: HistoryStream<I, O>) {
    this.subject = subject;
    this.events = subject.decoder === undefined ? null : new EventOperations(subject.decoder);
    this.lines = new OperationLines(subject.schema);
    this.history = history;
    this.refusals = subject.refusals?.watch() ?? null;
  }

  get isSettled(): boolean {
    return this.history.verdict.kind === 'lost';
  }

  event(event: ClientEvent): void {
    this.events!.add(event);
    for (const operation of this.events!.ended()) this.add(operation);
  }

  /** After a violation the rest is still read: what is no history has no verdict. */
  line(json: Json, placeIn: PlaceIn): void {
    this.add(this.lines.read(json, placeIn([])));
  }

  private add(operation: Parameters<HistoryStream<I, O>['add']>[0]): void {
    const { history } = this;
    history.add(operation);
    this.refusals?.add(operation);
    this.count++;
    const { verdict } = history;
    const wasCalled = !('untilUs' in verdict) || operation.callUs <= verdict.untilUs;
    if (wasCalled) this.lastCalled = this.count;
  }

  finish({ stepsMax }: JudgeOptions): Judged | Again {
    const { history, subject } = this;
    for (const operation of this.events?.finish() ?? []) this.add(operation);
    const verdict = history.finish();
    const { count, lastCalled: lines } = this;
    if (verdict.kind === 'violation' || verdict.kind === 'stuck') {
      const { around, untilUs } = verdict;
      const proved = around && judgeSurroundings(subject.model, around, untilUs);
      if (proved !== null) {
        const { judgement, operations } = proved;
        const core = rowsOf(operations, subject.model, judgement.core);
        return { judgement, count, refuted: null, core };
      }
      if (verdict.kind === 'violation' && untilUs < Infinity) {
        return { again: { kind: 'prefix', untilUs, lines, count } };
      }
    }
    // A refusal is judged by all of the history.
    if (this.refusals !== null && this.refusals.finish() !== null) return { again: WHOLE };
    // A budget that does not suffice for a step an operation is for the search.
    if (verdict.kind !== 'ok' || (stepsMax !== undefined && count > stepsMax)) {
      return { again: WHOLE };
    }
    const certificate: StreamedCertificate = { kind: 'replayed', placed: verdict.placed };
    return {
      judgement: {
        ...{ verdict: 'ok', model: subject.model.name, steps: verdict.steps, reason: '' },
        ...{ core: [], anomalies: [], certificate },
      },
      count,
      refuted: null,
      core: [],
    };
  }
}
