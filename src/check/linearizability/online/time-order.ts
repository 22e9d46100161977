// Makes calls and returns in the order of time out of operations that come nearly in the order of their
// calls, or of their returns: what recorders write. Not here: judging them.

import type { Micros } from '../../../base/ids.js';
import type { Operation } from '../../history.js';
import { NearOrder } from './near-order.js';

export interface TimeSink<I, O> {
  call(operation: Operation<I, O>): void;
  /** It has returned; or, without an answer to wait for, comes right behind its call. */
  end(operation: Operation<I, O>): void;
}

/**
 * How many operations are held back. Recorders write an operation when it is called or when it ends: then it
 * comes after those that were called later and ended sooner.
 */
export interface Window {
  /** At first. */
  readonly min: number;
  /** However many more come late. */
  readonly max: number;
}

/** Few die young while they are held, which makes a large window slow. */
export const WINDOW: Window = { min: 1 << 10, max: 1 << 14 };

/** The window grows to so many times the largest disorder seen in it. */
const MARGIN = 4;

export class TimeOrder<I, O> {
  private readonly sink: TimeSink<I, O>;
  private readonly windowMax: number;
  private window: number;
  private readonly waiting = new NearOrder<Operation<I, O>>();
  private readonly open = new NearOrder<Operation<I, O>>();
  /** The time of the last call that was told. */
  private calledUs: Micros = -Infinity;

  constructor(sink: TimeSink<I, O>, { min, max }: Window) {
    this.sink = sink;
    this.window = min;
    this.windowMax = max;
  }
  /** False if it comes too late: its call should have been told already. Failed operations do not come. */
  add(operation: Operation<I, O>): boolean {
    const { callUs } = operation;
    if (callUs < this.calledUs) {
      // One that may take effect at any time, or never, can be told of at any time as well.
      if (!isForever(operation)) return false;
      this.window = this.windowMax;
      this.sink.call(operation);
      this.sink.end(operation);
      return true;
    }
    const passed = this.waiting.add(callUs, operation);
    if (passed * MARGIN > this.window) {
      this.window = Math.min(passed * MARGIN, this.windowMax);
    }
    if (this.waiting.size > this.window) this.callNext();
    return true;
  }

  /** Tells all that is left. */
  finish(): void {
    while (this.waiting.size > 0) this.callNext();
    while (this.open.size > 0) this.sink.end(this.open.take());
  }

  private callNext(): void {
    const operation = this.waiting.take();
    // Time is closed: what returns at the moment of a call is concurrent with it.
    while (this.open.lowest < operation.callUs) this.sink.end(this.open.take());
    this.calledUs = operation.callUs;
    this.sink.call(operation);
    if (isForever(operation)) this.sink.end(operation);
    else this.open.add(operation.returnUs, operation);
  }
}

/** True if there is no answer, and no moment by which the operation has taken effect. */
export function isForever({ outcome, output, returnUs }: Operation<unknown, unknown>): boolean {
  return outcome === 'unknown' || (output === null && returnUs === Infinity);
}
