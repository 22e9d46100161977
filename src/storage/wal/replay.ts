// Rebuilds hard state, log and snapshot markers from the WAL's records, in the order they were written.
// Not here: files, CRCs, or the choice of a snapshot. A record that contradicts those before it is
// corruption: the bytes were intact, so the log was not written by this code.

import { Slab } from '../../base/bytes.js';
import type { LogIndex } from '../../base/ids.js';
import { FailStop } from '../../ports/process.js';
import { Entry, type HardState, type SnapshotMetadata } from '../../raft/raftpb.js';
import {
  type DecodedRecord,
  decodeEntryType,
  decodeSnapshot,
  RecordConfirm,
  RecordEntry,
  RecordHardState,
  RecordMetadata,
  RecordSnapshot,
} from './record.js';

export class LogReplay {
  hardState: HardState = { term: 0, vote: 0, commit: 0 };
  /** Index of `entries[0]`, or of the entry that would come first. */
  firstIndex: LogIndex;
  readonly entries: Entry[] = [];
  /** Every marker seen, in the order written. */
  readonly markers: SnapshotMetadata[] = [];
  /** Anything but what the creation of a log writes. */
  hasContent = false;
  private readonly memberId: number;
  private readonly clusterId: number;
  private readonly slab = new Slab();

  constructor(firstIndex: LogIndex, memberId: number, clusterId: number) {
    this.firstIndex = firstIndex;
    this.memberId = memberId;
    this.clusterId = clusterId;
  }

  get lastIndex(): LogIndex {
    return this.firstIndex + this.entries.length - 1;
  }

  apply(source: Uint8Array, record: DecodedRecord): void {
    switch (record.type) {
      case RecordMetadata:
        // Index and term stand for member and cluster here.
        expectOwner(record.index === this.memberId && record.term === this.clusterId, record);
        return;
      case RecordEntry:
        this.applyEntry(source, record);
        return;
      case RecordHardState:
        this.hardState = { term: record.term, vote: record.vote, commit: record.commit };
        if (record.term !== 0 || record.vote !== 0 || record.commit !== 0) this.hasContent = true;
        return;
      case RecordSnapshot:
        this.applySnapshot(source, record);
        return;
      case RecordConfirm:
        return;
    }
  }

  private applyEntry(source: Uint8Array, record: DecodedRecord): void {
    const { index } = record;
    const type = decodeEntryType(record);
    if (type === null || index < 1 || index > this.lastIndex + 1) {
      throw corrupt(`entry ${index} after ${this.lastIndex} leaves a gap in the log`);
    }
    const data = this.slab.copy(source.subarray(record.dataStart, record.dataEnd));
    // Raft overwrites a suffix by writing it again: an entry replaces all from its index on.
    if (index < this.firstIndex) {
      this.firstIndex = index;
      this.entries.length = 0;
    } else {
      this.entries.length = index - this.firstIndex;
    }
    this.entries.push(new Entry(record.term, index, type, data));
    this.hasContent = true;
  }

  private applySnapshot(source: Uint8Array, record: DecodedRecord): void {
    const metadata = decodeSnapshot(source, record);
    if (metadata === null) throw corrupt(`snapshot marker ${record.index} has no readable members`);
    this.markers.push(metadata);
    this.hasContent = true;
    if (!record.installed) return;
    this.firstIndex = metadata.index + 1;
    this.entries.length = 0;
  }
}

/** FailStop('corruption') with this message. */
export function corrupt(message: string): FailStop {
  return new FailStop('corruption', message);
}

function expectOwner(isOurs: boolean, record: DecodedRecord): void {
  if (isOurs) return;
  throw new FailStop(
    'wrong-data',
    `the log belongs to member ${record.index} of cluster ${record.term}`,
  );
}
