// The witness of a run: everything that happened, folded into one hash, with a mark every 1,000 events.
// Not here: finding the event at which two runs part (determinism.ts).
// Guarantee: the same hash whether messages pass the wire codec or are handed over by reference.

import { RunningHash } from '../base/hash.js';
import type { RandomStream } from '../base/random.js';

/** Events between two entries of the chain. */
export const CHECKPOINT_EVENTS = 1000;

interface Stream {
  readonly label: string;
  readonly random: RandomStream;
}

/** Hash, chain and random streams of one simulation. */
export class RunHash {
  readonly hash = new RunningHash();
  private readonly streams: Stream[] = [];
  /** Texts folded before, numbered as they came. */
  private readonly texts = new Map<string, number>();
  private readonly chain: string[] = [];
  private untilCheckpoint = CHECKPOINT_EVENTS;

  /** Streams are folded in the order in which they were opened, which is itself part of the run. */
  addStream(label: string, random: RandomStream): void {
    this.streams.push({ label, random });
  }

  /** Moves every stream to another seed. */
  restartStreams(seed: string): void {
    for (const { label, random } of this.streams) random.restart(seed, label);
  }

  /** Folds a text; from its second time on by its number, as paths and operations come back often. */
  text(value: string): void {
    const known = this.texts.get(value);
    if (known !== undefined) {
      this.hash.int(known);
      return;
    }
    this.texts.set(value, this.texts.size + 1);
    this.hash.text(value);
  }

  /** Called once an event. */
  eventDone(): void {
    if (--this.untilCheckpoint > 0) return;
    this.untilCheckpoint = CHECKPOINT_EVENTS;
    for (const { random } of this.streams) this.hash.int(random.drawCount);
    this.chain.push(this.hash.hex());
  }

  /** The hash of everything so far, with the draws of every stream. Changes nothing. */
  final(): string {
    const last = new RunningHash();
    last.text(this.hash.hex());
    for (const { label, random } of this.streams) {
      last.text(label);
      last.number(random.drawCount);
    }
    return last.hex();
  }

  checkpoints(): string[] {
    return [...this.chain];
  }

  draws(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { label, random } of this.streams) counts[label] = random.drawCount;
    return counts;
  }
}
