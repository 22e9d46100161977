// Port: what a host needs to know of a process, and what a process is given.
// A process is a synchronous state machine: every call returns without waiting, and everything it
// wants done it asks of its ports.

import type { ByteReader, ByteWriter } from '../base/bytes.js';
import type { ProcessId } from '../base/ids.js';
import type { Random } from '../base/random.js';
import type { Clock } from './clock.js';
import type { Disk } from './disk.js';
import type { Network } from './network.js';

/** Everything a process may touch. */
export interface Ports<M> {
  readonly id: ProcessId;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly network: Network<M>;
  /** Unpredictable in production, seeded in simulation; for jitter and identifiers. */
  readonly random: Random;
}

/** A running process. The host calls one method at a time and never re-enters. */
export interface Process<M> {
  /** Called once, before anything else. */
  start(): void;
  receive(from: ProcessId, message: M): void;
  /** The deadline set on the clock has passed. */
  wake(): void;
}

/** How messages become bytes. Decoding what was encoded gives an equal message. */
export interface MessageCodec<M> {
  encode(message: M, writer: ByteWriter): void;
  /** Throws DecodeError on damaged input. The message must not keep views into the reader's bytes. */
  decode(reader: ByteReader): M;
  /** One short line for traces. */
  describe(message: M): string;
}

/** Why a process stopped itself on purpose. */
export type FailStopReason =
  | 'disk-write' // a write or a namespace operation failed
  | 'disk-sync' // a sync operation failed: what is durable is unknown
  | 'disk-read' // the device could not read what recovery needs
  | 'corruption' // durable bytes are damaged and must not be taken for a torn tail
  | 'lost-data' // what this member once promised to keep is gone: it must not take part under its old id
  | 'wrong-data'; // the directory belongs to another member, cluster or format

/**
 * Thrown by a process that must not go on. The host ends it: in production the operating system's
 * process exits, in simulation the machine's process dies. Never caught by product code.
 */
export class FailStop extends Error {
  override readonly name = 'FailStop';
  readonly reason: FailStopReason;

  constructor(reason: FailStopReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}
