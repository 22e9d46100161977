// Pairs the calls and returns of clients into operations of one model. The events are in the order in which
// things happened, so the position of an event is its time.

import type { Operation } from '../history.js';
import type { ClientEvent } from './client-events.js';
import { type EventDecoder, FAILED, failAt } from './decode/decoder.js';
import { EventPairs } from './event-pairs.js';

/** Events that name no process are all of one. */
const NOBODY = 0;

export class EventOperations<I, O> {
  private readonly pairs = new EventPairs<I, O>();
  private readonly decoder: EventDecoder<I, O>;
  private time = 0;

  constructor(decoder: EventDecoder<I, O>) {
    this.decoder = decoder;
  }

  /** The time of the last event. */
  get timeUs(): number {
    return this.time;
  }

  /** Throws FormatError. */
  add(event: ClientEvent): void {
    const { pairs, decoder } = this;
    const time = ++this.time;
    const process = event.process ?? NOBODY;
    const input = pairs.pending(process);
    if (event.type === 'invoke') {
      if (input !== undefined) failAt(event, `process ${process} has not finished its last call`);
      pairs.call(process, decoder.input(event), time);
    } else if (input === undefined) {
      failAt(event, `process ${process} has not called anything`);
    } else if (event.type === 'info') {
      pairs.end(process, 'unknown', null, time);
    } else {
      const answer =
        event.type === 'ok'
          ? decoder.answer(input, event)
          : (decoder.refusal?.(input, event) ?? FAILED);
      const output = answer.outcome === 'ok' ? answer.output : null;
      pairs.end(process, answer.outcome, output, time);
    }
  }

  /** The operations that have ended since they were last asked for, in the order of their ends. */
  ended(): Operation<I, O>[] {
    return this.pairs.ended();
  }

  /** All other operations in call order; a call without a return has an unknown outcome. */
  finish(): Operation<I, O>[] {
    return this.pairs.finish();
  }
}
