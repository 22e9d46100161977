// Judges a history while it is read, in memory that does not grow with its length: an online checker finds
// an order, and a replay that shares no code with it checks the order as it grows. `ok` is the replay's word.
// Not here: what to do where this fails (history-judge.ts reads the text again), and the parts.

import type { Micros } from '../../../base/ids.js';
import type { Operation } from '../../history.js';
import type { HistoryStream, StreamedVerdict } from './history-stream.js';
import type { OnlineChecker, OnlineVerdict, StreamedObject } from './online-checker.js';
import { RunningReplay } from './running-replay.js';
import { isForever, TimeOrder, type TimeSink, WINDOW, type Window } from './time-order.js';

export class StreamedHistory<S, I, O> implements HistoryStream<I, O>, TimeSink<I, O> {
  verdict: StreamedVerdict<I, O> = { kind: 'reading' };
  private readonly checker: OnlineChecker<I, O>;
  private readonly replay: RunningReplay<S, I, O>;
  private readonly order: TimeOrder<I, O>;
  /** The latest moment told. */
  private nowUs: Micros = -Infinity;

  constructor(object: StreamedObject<S, I, O>, window: Window = WINDOW) {
    this.order = new TimeOrder(this, window);
    this.replay = new RunningReplay(object.model, { release: object.release });
    this.checker = object.checker((id) => this.replay.place(id));
  }

  /** How many operations are held: those that have no place in the order yet. */
  get held(): number {
    return this.replay.waiting;
  }

  /** Takes in the next operation of the text. */
  add(operation: Operation<I, O>): void {
    if (this.verdict.kind !== 'reading' || operation.outcome === 'fail') return;
    this.replay.add(operation);
    if (!this.order.add(operation)) {
      this.lose(`operation ${operation.id} comes long after those called at its time`);
    }
  }

  /** No more operations will come. */
  finish(): StreamedVerdict<I, O> {
    if (this.verdict.kind === 'reading') this.order.finish();
    if (this.verdict.kind === 'reading') {
      this.nowUs = Infinity;
      this.look(this.checker.finish());
    }
    if (this.verdict.kind === 'reading') {
      const wrong = this.replay.finish();
      if (wrong !== null) this.lose(wrong);
      else {
        this.verdict = { kind: 'ok', steps: this.checker.steps, placed: this.replay.placed };
      }
    }
    return this.verdict;
  }

  call(operation: Operation<I, O>): void {
    if (this.verdict.kind !== 'reading') return;
    this.nowUs = Math.max(this.nowUs, operation.callUs);
    this.checker.invoke(operation);
  }

  end(operation: Operation<I, O>): void {
    if (this.verdict.kind !== 'reading') return;
    const { id, outcome, output, callUs, returnUs } = operation;
    const endUs = isForever(operation) ? callUs : returnUs;
    this.nowUs = Math.max(this.nowUs, endUs);
    this.look(this.checker.complete(id, outcome, output, endUs));
  }

  private look(verdict: OnlineVerdict): void {
    if (verdict === 'violation')
      this.verdict = { kind: 'violation', untilUs: this.nowUs, around: null };
    else if (verdict === 'blind') this.lose(this.checker.reason);
    else if (this.replay.wrong !== null) this.lose(this.replay.wrong);
  }

  private lose(why: string): void {
    this.verdict = { kind: 'lost', why };
  }
}
