// Turns a log of calls and returns, one event a line, into operations. The line number is the time:
// the formats have no clock, and their lines are in the order in which things happened.

import type { Operation } from '../history.js';

interface Open<I> {
  readonly id: number;
  readonly input: I;
  readonly line: number;
}

/** Pairs the events of each process. Lines count from 1. */
export class EventPairs<I, O> {
  private operations: Operation<I, O>[] = [];
  private readonly open = new Map<number, Open<I>>();
  private count = 0;

  /** The open call of a process, or undefined. */
  pending(process: number): I | undefined {
    return this.open.get(process)?.input;
  }

  call(process: number, input: I, line: number): void {
    this.open.set(process, { id: this.count++, input, line });
  }

  /** Ends the open call of a process, which must exist. `unknown` has no end. */
  end(process: number, outcome: Operation<I, O>['outcome'], output: O | null, line: number): void {
    const call = this.open.get(process)!;
    this.open.delete(process);
    this.operations.push({
      id: call.id,
      client: process,
      input: call.input,
      output,
      callUs: call.line,
      returnUs: outcome === 'unknown' ? Infinity : line,
      outcome,
    });
  }

  /** The operations that have ended since they were last asked for, in the order of their ends. */
  ended(): Operation<I, O>[] {
    const { operations } = this;
    if (operations.length > 0) this.operations = [];
    return operations;
  }

  /** All other operations in call order; a call without a return has an unknown outcome. */
  finish(): Operation<I, O>[] {
    for (const process of [...this.open.keys()]) this.end(process, 'unknown', null, 0);
    return this.operations.sort((a, b) => a.id - b.id);
  }
}
