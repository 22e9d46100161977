// Judging a history of one model from beginning to end: takes its events or lines, judges the operations they
// make, and has the certificate of the verdict re-checked by a verifier that shares no code with the judge.
// Not here: which models there are (judges.ts), or which one a text is for (history-check.ts).

import type { ClientEvent } from './format/client-events.js';
import type { EventDecoder } from './format/decode/decoder.js';
import { EventOperations } from './format/event-operations.js';
import type { Json } from './format/json.js';
import { OperationLines } from './format/operation-lines.js';
import type { PlaceIn } from './format/parsed.js';
import type { OperationSchema } from './format/schema/operation-schema.js';
import { knownBy, type Operation } from './history.js';
import type { Judged, OperationRow } from './judged.js';
import type { Judgement } from './judgement.js';
import { judgeLinearizable } from './linearizability/judge.js';
import type { Model } from './linearizability/model.js';
import type { HistoryStream } from './linearizability/online/history-stream.js';
import { VERIFY_STEPS_MAX, verifyCertificate } from './linearizability/proof/certificate.js';
import { type Again, type Reading, WHOLE } from './reading.js';

export interface JudgeOptions {
  /** Steps before the verdict is `undecided`; default: the judge's own. */
  readonly stepsMax?: number;
  /** Of transactions: the level to be kept, by Elle's or Adya's name. Default: strict-serializable. */
  readonly level?: string;
}

/** Takes one history, or a file of several. Throws FormatError on what is not of its model. */
export interface HistoryJudge {
  /** Absent if the format is not one of events. */
  event?(event: ClientEvent): void;
  /** A line of simquake's own format, or a case of a file of cases. Absent if there is no such format. */
  line?(json: Json, placeIn: PlaceIn): void;
  /** True: the rest of the text need not be read. Absent: never. */
  readonly isSettled?: boolean;
  finish(options: JudgeOptions): Judged | Again;
}

export interface LinearizableSubject<S, I, O> {
  /** Suits any history. */
  readonly model: Model<S, I, O>;
  /** A model pruned by the history, for the search alone. */
  readonly pruned?: (history: readonly Operation<I, O>[]) => Model<S, I, O>;
  readonly schema: OperationSchema<I, O>;
  /** Absent if there are no such events. */
  readonly decoder?: EventDecoder<I, O>;
  /** Judges a history while it is read. Absent: window by window, as any object's. */
  readonly stream?: () => HistoryStream<I, O>;
  /** How operations that failed are judged by what they were told. Absent: they are not. */
  readonly refusals?: RefusalJudge<I, O>;
}

/** An operation that failed had no effect, so that each is judged by itself, and the order does without it. */
export interface RefusalJudge<I, O> {
  /** Looks for one that is wrong. */
  watch(): RefusalWatcher<I, O>;
  /** What is wrong with one, in a sentence; null if nothing is. */
  whyWrong(operation: Operation<I, O>, history: readonly Operation<I, O>[]): string | null;
}

export interface RefusalWatcher<I, O> {
  add(operation: Operation<I, O>): void;
  finish(): Operation<I, O> | null;
}

/** No state that the history allows explains why this operation was refused. */
export interface RefusalCertificate {
  readonly kind: 'refusal';
  readonly operation: number;
}

/** Judges whether a history of an object is linearizable, when all of it, or a prefix, has been read. */
export class LinearizabilityHistoryJudge<S, I, O> implements HistoryJudge {
  private readonly subject: LinearizableSubject<S, I, O>;
  private readonly prefix: (Reading & { readonly kind: 'prefix' }) | null;
  private readonly events: EventOperations<I, O> | null;
  private readonly lines: OperationLines<I, O>;
  private linesCount = 0;
  private readonly operations: Operation<I, O>[] = [];

  constructor(subject: LinearizableSubject<S, I, O>, reading: Reading = WHOLE) {
    this.subject = subject;
    this.prefix = reading.kind === 'prefix' ? reading : null;
    this.events = subject.decoder === undefined ? null : new EventOperations(subject.decoder);
    this.lines = new OperationLines(subject.schema);
  }

  get isSettled(): boolean {
    const { prefix, events } = this;
    if (prefix === null) return false;
    return this.linesCount >= prefix.lines || (events !== null && events.timeUs >= prefix.untilUs);
  }

  event(event: ClientEvent): void {
    if (!this.isSettled) this.events!.add(event);
  }

  line(json: Json, placeIn: PlaceIn): void {
    this.linesCount++;
    const operation = this.lines.read(json, placeIn([]));
    if (this.prefix === null) this.operations.push(operation);
    else if (operation.callUs <= this.prefix.untilUs) {
      this.operations.push(knownBy(operation, this.prefix.untilUs));
    }
  }

  finish(options: JudgeOptions): Judged | Again {
    const operations = [...(this.events?.finish() ?? []), ...this.operations];
    const judged = this.judged(operations, options);
    if (this.prefix === null) return this.withRefusals(operations, judged);
    // Only a violation of the prefix is one of the whole.
    const { judgement, refuted } = judged;
    if (judgement.verdict !== 'violation' || refuted !== null) return { again: WHOLE };
    return { ...judged, count: this.prefix.count };
  }

  /** An order of what had an effect says nothing of what was refused. */
  private withRefusals(operations: readonly Operation<I, O>[], judged: Judged): Judged {
    const { model, refusals } = this.subject;
    const { judgement, count, refuted } = judged;
    if (refusals === undefined || judgement.verdict === 'violation' || refuted !== null)
      return judged;
    const watch = refusals.watch();
    for (const operation of [...operations].sort((a, b) => a.returnUs - b.returnUs)) {
      watch.add(operation);
    }
    const wrong = watch.finish();
    const reason = wrong && refusals.whyWrong(wrong, operations);
    if (wrong === null || reason === null) return judged;
    const core = [wrong.id];
    const certificate: RefusalCertificate = { kind: 'refusal', operation: wrong.id };
    return {
      judgement: { ...judgement, verdict: 'violation', reason, core, certificate },
      ...{ count, refuted: null, core: rowsOf(operations, model, core) },
    };
  }

  private judged(operations: readonly Operation<I, O>[], options: JudgeOptions): Judged {
    const { model, pruned } = this.subject;
    const judgement = judgeLinearizable(operations, model, {
      ...(options.stepsMax === undefined ? {} : { stepsMax: options.stepsMax }),
      ...(pruned === undefined ? {} : { pruned: pruned(operations) }),
    });
    const { verdict, certificate } = judgement;
    const stepsMax = Math.max(VERIFY_STEPS_MAX, options.stepsMax ?? 0);
    const proven = certificate && verifyCertificate(operations, model, certificate, { stepsMax });
    const missing = verdict === 'undecided' ? null : 'there is no certificate';
    return {
      visit: (visitor) => visitor(operations, model, judgement),
      judgement: proven?.kind === 'unverified' ? unproved(judgement, proven.why) : judgement,
      count: operations.length,
      refuted: proven === null ? missing : proven.kind === 'refuted' ? proven.why : null,
      core: rowsOf(operations, model, judgement.core),
    };
  }
}

/** The operations with these ids, in the order of their calls. */
export function rowsOf<S, I, O>(
  operations: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  core: readonly number[],
): OperationRow[] {
  const ids = new Set(core);
  return operations
    .filter(({ id }) => ids.has(id))
    .sort((a, b) => a.callUs - b.callUs || a.id - b.id)
    .map(({ id, client, input, output, callUs, returnUs, outcome }) => {
      const text = model.describeOperation(input, output);
      return { id, client, text, callUs, returnUs, outcome };
    });
}

/** A violation that the verifier could not re-check within its budget is none yet. */
export function unproved<C>(judgement: Judgement<C>, why: string): Judgement<C> {
  const { reason } = judgement;
  return {
    ...judgement,
    verdict: 'undecided',
    reason: `found to be a violation, but the proof could not be re-checked (${why}): ${reason}`,
    certificate: null,
  };
}
