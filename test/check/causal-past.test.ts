// The causal past of a violation: what a chain of messages connects with it, and nothing else.

import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../src/base/trace.js';
import { causalPast } from '../../src/check/causal-past.js';

type Body = TraceEvent extends infer E
  ? E extends TraceEvent
    ? Omit<E, 'n' | 't'>
    : never
  : never;

/** One engine event each. */
function traceOf(...bodies: Body[]): TraceEvent[] {
  return bodies.map((body, i) => ({ ...body, n: i + 1, t: i }) as TraceEvent);
}

function past(trace: readonly TraceEvent[], message: string, event = trace.length): number[] {
  const nameOf = (id: number) => `n${id}`;
  const question = { trace, violation: { message, event }, nameOf, processes: [1, 2, 3] };
  return [...causalPast(question).entries()].filter(([, inPast]) => inPast === 1).map(([i]) => i);
}

const send = (m: number, from: number, to: number): Body => ({
  kind: 'send',
  ...{ m, from, to, label: '' },
});
const deliver = (m: number, from: number, to: number): Body => ({
  kind: 'deliver',
  ...{ m, from, to },
});
const wake = (p: number): Body => ({ kind: 'wake', p });
const cut = (fault: number, ...processes: number[]): Body => ({
  kind: 'fault',
  ...{ fault, phase: 'begin', label: '', processes },
});

describe('the causal past of a violation', () => {
  it('follows messages from who is named back to who sent them', () => {
    const trace = traceOf(wake(2), send(7, 2, 1), wake(2), deliver(7, 2, 1), wake(1));
    expect(past(trace, 'n1 lost an entry')).toEqual([0, 1, 3, 4]);
  });

  it('has nothing of who never reached it, and no message that was lost', () => {
    const trace = traceOf(wake(3), send(7, 3, 2), send(8, 2, 1), wake(1));
    expect(past(trace, 'n1 lost an entry')).toEqual([3]);
  });

  it('has the faults that struck anybody in it, at the time', () => {
    const trace = traceOf(
      cut(0, 2),
      cut(1, 3),
      send(7, 2, 1),
      cut(2, 2),
      deliver(7, 2, 1),
      cut(3, 1),
    );
    expect(past(trace, 'n1 lost an entry')).toEqual([0, 2, 4, 5]);
  });

  it('goes through the second copy of a message to the first', () => {
    const copied: Body = { kind: 'duplicate', m: 8, of: 7, from: 2, to: 1 };
    const trace = traceOf(send(7, 2, 1), copied, deliver(8, 2, 1));
    expect(past(trace, 'n1 lost an entry')).toEqual([0, 2]);
  });

  it('ends with the violation', () => {
    const trace = traceOf(wake(1), wake(1), wake(1));
    expect(past(trace, 'n1 lost an entry', 2)).toEqual([0, 1]);
  });
});
