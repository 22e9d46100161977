// Judging a history of lines while they are read. Nothing of it is kept: where the verdict is not `ok`, the
// text is read again, and judged as a whole or up to the moment that shows the violation.
// Not here: the judging (linearizability/online), and reading again (cli/check.ts).

import type { Json } from './format/json-text.js';
import { OperationLines } from './format/operation-lines.js';
import type { PlaceIn } from './format/parsed.js';
import type { HistoryJudge, Judged, JudgeOptions, LinearizableSubject } from './history-judge.js';
import type { StreamedObject } from './linearizability/online/online-checker.js';
import { StreamedHistory } from './linearizability/online/streamed-history.js';
import { type Again, WHOLE } from './reading.js';

/** What became of the order that proves an `ok`: the replay has seen it, and nobody keeps it. */
export interface StreamedCertificate {
  readonly kind: 'replayed';
  /** How many operations are in the order. */
  readonly placed: number;
}

export class StreamedHistoryJudge<S, I, O> implements HistoryJudge {
  private readonly name: string;
  private readonly lines: OperationLines<I, O>;
  private readonly history: StreamedHistory<S, I, O>;
  private count = 0;
  /** The last operation of the text that had been called when the violation showed. */
  private lastCalled = 0;

  constructor({ model, schema }: LinearizableSubject<S, I, O>, object: StreamedObject<S, I, O>) {
    this.name = model.name;
    this.lines = new OperationLines(schema);
    this.history = new StreamedHistory(object);
  }

  get isSettled(): boolean {
    return this.history.verdict.kind === 'lost';
  }

  /** After a violation the rest is still read: what is no history has no verdict. */
  line(json: Json, placeIn: PlaceIn): void {
    const { history } = this;
    const operation = this.lines.read(json, placeIn([]));
    this.count++;
    if (history.verdict.kind === 'reading') {
      history.add(operation);
      this.lastCalled = this.count;
    } else if (
      history.verdict.kind === 'violation' &&
      operation.callUs <= history.verdict.untilUs
    ) {
      this.lastCalled = this.count;
    }
  }

  finish({ stepsMax }: JudgeOptions): Judged | Again {
    const verdict = this.history.finish();
    const { count, lastCalled: lines } = this;
    if (verdict.kind === 'violation' && verdict.untilUs < Infinity) {
      return { again: { kind: 'prefix', untilUs: verdict.untilUs, lines, count } };
    }
    // A budget that does not suffice for a step an operation is for the search.
    if (verdict.kind !== 'ok' || (stepsMax !== undefined && count > stepsMax)) {
      return { again: WHOLE };
    }
    const certificate: StreamedCertificate = { kind: 'replayed', placed: verdict.placed };
    return {
      judgement: {
        ...{ verdict: 'ok', model: this.name, steps: verdict.steps, reason: '' },
        ...{ core: [], anomalies: [], certificate },
      },
      count,
      refuted: null,
      core: [],
    };
  }
}
