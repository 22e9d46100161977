// Streams snapshots between members in chunks, over a network that loses and reorders.
// The sender keeps a small window of unacknowledged chunks and repeats from the last acknowledged byte;
// the receiver accepts bytes in order only. MsgSnap itself is sent once the receiver has the snapshot
// on its disk, so Raft never installs what could be lost.

import { assert } from '../base/assert.js';
import { crc32c } from '../base/crc32c.js';
import type { ProcessId } from '../base/ids.js';
import type { Message, SnapshotMetadata } from '../raft/raftpb.js';
import type { SnapshotAck, SnapshotChunk } from './messages.js';

const WINDOW_CHUNKS = 4;
/** Ticks without progress before the window is sent again, and how often that happens. */
const RETRY_TICKS = 3;
const RETRIES_MAX = 10;

/** Sends one snapshot to one member. */
export class SnapshotSender {
  readonly to: ProcessId;
  /** The MsgSnap that Raft wanted sent; it follows once the content has arrived. */
  readonly message: Message;
  private readonly metadata: SnapshotMetadata;
  private readonly data: Uint8Array;
  private readonly crc: number;
  private readonly chunkBytes: number;
  private acked = 0;
  private sent = 0;
  private idleTicks = 0;
  private retries = 0;

  constructor(message: Message, data: Uint8Array, chunkBytes: number) {
    assert(message.snapshot !== null, 'MsgSnap carries a snapshot');
    this.to = message.to;
    this.message = message;
    this.metadata = message.snapshot;
    this.data = data;
    this.crc = crc32c(data);
    this.chunkBytes = chunkBytes;
  }

  /** Sends as much as the window allows. */
  pump(send: (chunk: SnapshotChunk) => void): void {
    while (
      this.sent < this.acked + WINDOW_CHUNKS * this.chunkBytes &&
      (this.sent < this.data.length || this.sent === 0)
    ) {
      const end = Math.min(this.data.length, this.sent + this.chunkBytes);
      send({
        kind: 'snapshot-chunk',
        index: this.metadata.index,
        term: this.metadata.term,
        totalBytes: this.data.length,
        totalCrc: this.crc,
        offset: this.sent,
        data: this.data.subarray(this.sent, end),
      });
      this.sent = end;
      if (end === this.data.length) return;
    }
  }

  /** Returns true when the receiver has stored everything. */
  acknowledge(ack: SnapshotAck): boolean {
    if (ack.index !== this.metadata.index || ack.term !== this.metadata.term) return false;
    if (ack.stored) return true;
    if (ack.offset > this.acked && ack.offset <= this.data.length) {
      this.acked = ack.offset;
      this.sent = Math.max(this.sent, this.acked);
      this.idleTicks = 0;
      this.retries = 0;
    }
    return false;
  }

  /** Returns false when the transfer should be given up. */
  tick(): boolean {
    this.idleTicks++;
    if (this.idleTicks < RETRY_TICKS) return true;
    this.idleTicks = 0;
    this.retries++;
    this.sent = this.acked === this.data.length ? 0 : this.acked;
    return this.retries <= RETRIES_MAX;
  }
}

/** Collects one snapshot from a leader. */
export class SnapshotReceiver {
  readonly from: ProcessId;
  readonly index: number;
  readonly term: number;
  private readonly data: Uint8Array;
  private readonly crc: number;
  /** From the beginning, without a gap. */
  receivedBytes = 0;
  /** Lengths of chunks that came before those in front of them, by offset. */
  private readonly ahead = new Map<number, number>();
  /** Everything arrived and is being written; later chunks are repeats. */
  complete = false;

  constructor(from: ProcessId, first: SnapshotChunk) {
    this.from = from;
    this.index = first.index;
    this.term = first.term;
    this.crc = first.totalCrc;
    this.data = new Uint8Array(first.totalBytes);
  }

  matches(from: ProcessId, chunk: SnapshotChunk): boolean {
    return (
      from === this.from &&
      chunk.index === this.index &&
      chunk.term === this.term &&
      chunk.totalBytes === this.data.length &&
      chunk.totalCrc === this.crc
    );
  }

  /** Whether `chunk` is a late one of an older snapshot by the same sender. */
  supersedes(from: ProcessId, chunk: SnapshotChunk): boolean {
    return from === this.from && chunk.index < this.index;
  }

  /** Takes a chunk, also one that overtook others; returns the bytes received without a gap. */
  accept(chunk: SnapshotChunk): number {
    if (this.complete || chunk.offset < this.receivedBytes) return this.receivedBytes;
    this.data.set(chunk.data, chunk.offset);
    this.ahead.set(chunk.offset, chunk.data.length);
    for (;;) {
      const length = this.ahead.get(this.receivedBytes);
      if (length === undefined || length === 0) return this.receivedBytes;
      this.ahead.delete(this.receivedBytes);
      this.receivedBytes += length;
    }
  }

  /** The whole snapshot, once it has arrived undamaged; null before. */
  content(): Uint8Array | null {
    if (this.complete || this.receivedBytes < this.data.length) return null;
    if (crc32c(this.data) !== this.crc) {
      // Cannot happen on a network that never alters bytes; start over rather than trust it.
      this.receivedBytes = 0;
      return null;
    }
    return this.data;
  }
}
