// The durability oracle: what each member's disk has promised to keep, read off the writes and syncs that
// reached the simulated disk. It decodes what was written to the WAL; it asks the member nothing.
// Keeps: a promise once made is remembered across crashes, so that breaking it shows.

import type { LogIndex, ProcessId, Term } from '../base/ids.js';
import type { DurabilityView, Promised } from '../check/view.js';
import type { SimDisk } from '../sim/disk.js';
import {
  BATCH_MAGIC,
  type DecodedRecord,
  decodeBatches,
  get32,
  RecordEntry,
  RecordHardState,
  RecordSnapshot,
} from '../storage/wal/record.js';

/** A write to the WAL whose bytes no sync has covered yet. */
interface Unpromised {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly records: readonly DecodedRecord[];
}

/** The promises of one disk. */
class DiskPromises {
  term: Term = 0;
  vote: ProcessId = 0;
  lastIndex: LogIndex = 0;
  /** Term of the promised entry at each index; holes below a snapshot. */
  readonly terms: Term[] = [];
  readonly throughIn = new Map<Term, LogIndex>();
  /** Entries through here were promised by a disk that has been forgiven since. */
  countedThrough: LogIndex = 0;
  /** What was promised when Raft last ran. */
  before: Promised = NOTHING_PROMISED;
  private queue: Unpromised[] = [];
  /**
   * A write came up short within a batch, or within the header or padding before one: the rest comes in
   * another write. `bytes` is the beginning of the batch at `start`, none if that still lies ahead.
   */
  private cutShort: {
    readonly path: string;
    readonly start: number;
    readonly bytes: Uint8Array;
    readonly paddingBytes: number;
  } | null = null;
  private readonly disk: SimDisk;

  /** The disk has lost its promises, and nothing that could have been asked of a member would save them. */
  forgive(): void {
    this.term = 0;
    this.vote = 0;
    // Leaders have counted what was acknowledged, and rightly so.
    this.countedThrough = Math.max(this.countedThrough, this.lastIndex);
    this.lastIndex = 0;
    this.throughIn.clear();
    this.before = NOTHING_PROMISED;
    this.forgetUnpromised();
  }

  /**
   * Raft ran until now. A process that dies before it runs has only repaired the log, and while it did, it may have
   * promised less than before: that takes nothing back.
   */
  remember(): void {
    const { term, vote } = this;
    let { lastIndex } = this;
    // What a later leader has replaced may be gone, even if no sync has covered what stands there now.
    for (const { records } of this.queue) {
      for (const record of records) {
        const replaces =
          record.type === RecordEntry || (record.type === RecordSnapshot && record.installed);
        if (replaces) lastIndex = Math.min(lastIndex, record.index - 1);
      }
    }
    this.before = { term, vote, lastIndex, lastTerm: this.terms[lastIndex] ?? -1 };
  }

  constructor(disk: SimDisk) {
    this.disk = disk;
    disk.onWrite = (path, position, bytes) => this.wrote(path, position, bytes);
  }

  /**
   * What no sync covered may be gone; a member that finds it again writes it again. The disk is not
   * asked: after a power loss all it still holds is durable, and what it lost it has forgotten.
   */
  forgetUnpromised(): void {
    this.queue = [];
    this.cutShort = null;
  }

  /** Takes over every write that the disk has promised by now, in the order they were made. */
  settle(): void {
    const { queue, disk } = this;
    let settled = 0;
    while (settled < queue.length) {
      const { path, start, end, records } = queue[settled]!;
      if (!disk.promisedThrough(path, start, end)) break;
      for (const record of records) this.promise(record);
      settled++;
    }
    for (; settled > 0; settled--) queue.shift();
  }

  private wrote(path: string, position: number, bytes: Uint8Array): void {
    // New segments are prepared under another name; what they repeat was promised before.
    if (!path.startsWith('wal/') || path.endsWith('.tmp')) return;
    // Settled before every write: later, the segment that holds the promise may have been released.
    this.settle();
    const before = this.cutShort;
    this.cutShort = null;
    if (
      before !== null &&
      before.path === path &&
      before.start + before.bytes.length - before.paddingBytes === position
    ) {
      const rest = bytes.subarray(before.paddingBytes);
      this.decode(path, before.start, Buffer.concat([before.bytes, rest]));
    } else {
      this.decode(path, position, bytes);
    }
  }

  private decode(path: string, position: number, bytes: Uint8Array): void {
    const { batches, records, next } = decodeBatches(bytes, 0, bytes.length);
    const last = batches.at(-1);
    if (last !== undefined) {
      const start = position + batches[0]!.start;
      this.queue.push({ path, start, end: position + last.end, records });
    }
    const start = position + next;
    if (next > bytes.length) {
      this.cutShort = { path, start, bytes: NOTHING, paddingBytes: next - bytes.length };
    } else if (next < bytes.length && beginsBatch(bytes, next)) {
      this.cutShort = { path, start, bytes: bytes.slice(next), paddingBytes: 0 };
    }
  }

  private promise(record: DecodedRecord): void {
    switch (record.type) {
      case RecordHardState:
        this.term = record.term;
        this.vote = record.vote;
        // A hard state closes what one Ready wanted durable; one write may hold several.
        this.throughIn.set(this.term, Math.max(this.lastIndex, this.throughIn.get(this.term) ?? 0));
        break;
      case RecordEntry:
        // An entry replaces whatever stood at its index and above.
        this.terms[record.index] = record.term;
        this.lastIndex = record.index;
        break;
      case RecordSnapshot:
        if (record.installed || record.index > this.lastIndex) {
          this.terms[record.index] = record.term;
          this.lastIndex = record.index;
        }
        break;
    }
  }
}

const NOTHING = new Uint8Array(0);
const NOTHING_PROMISED: Promised = { term: 0, vote: 0, lastIndex: 0, lastTerm: -1 };

function beginsBatch(bytes: Uint8Array, at: number): boolean {
  return bytes.length - at < 4 || get32(bytes, at) === BATCH_MAGIC;
}

/** See the head of this file. */
export class DurabilityOracle implements DurabilityView {
  /** By member. */
  private readonly disks: (DiskPromises | undefined)[] = [];

  watch(member: ProcessId, disk: SimDisk): void {
    this.disks[member] = new DiskPromises(disk);
  }

  /** To be called before a member's machine loses power, and when its process has died otherwise. */
  settle(member: ProcessId): void {
    this.of(member).settle();
  }

  /**
   * The member's process has died, and what had been promised until then was settled.
   * @param ran whether Raft ran in it
   */
  died(member: ProcessId, ran: boolean): void {
    const promises = this.of(member);
    if (ran) promises.remember();
    promises.forgetUnpromised();
  }

  /** The member's disk has lied or was exchanged: whatever it promised counts no more. */
  forgive(member: ProcessId): void {
    this.of(member).forgive();
  }

  durableEntryTerm(member: ProcessId, index: LogIndex): Term {
    const promises = this.settled(member);
    const through = Math.max(promises.lastIndex, promises.countedThrough);
    return index <= through ? (promises.terms[index] ?? -1) : -1;
  }

  durableThrough(member: ProcessId, term: Term): LogIndex {
    return this.settled(member).throughIn.get(term) ?? 0;
  }

  durableTerm(member: ProcessId): Term {
    return this.settled(member).term;
  }

  durableVote(member: ProcessId): ProcessId {
    return this.settled(member).vote;
  }

  promisedBefore(member: ProcessId): Promised {
    return this.of(member).before;
  }

  private settled(member: ProcessId): DiskPromises {
    const promises = this.of(member);
    promises.settle();
    return promises;
  }

  private of(member: ProcessId): DiskPromises {
    const promises = this.disks[member];
    if (promises === undefined) throw new Error(`no disk of member ${member} is watched`);
    return promises;
  }
}
