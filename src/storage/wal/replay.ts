// Rebuilds hard state, log and snapshot markers from the WAL's records, in the order they were written.
// Not here: files, CRCs, or the choice of a snapshot. A record that contradicts those before it is
// corruption: the bytes were intact, so the log was not written by this code.
//
// Damaged batches leave holes. The next batch's header says where the log stood by then, so the length
// of the log, its last term and the hard state are known again; which entries are missing is known by
// index, and who has the entry behind a hole, with the same term, has what belongs in it (Log Matching).

import { Slab } from '../../base/bytes.js';
import type { LogIndex, Term } from '../../base/ids.js';
import { FailStop } from '../../ports/process.js';
import { Entry, type HardState, type SnapshotMetadata } from '../../raft/raftpb.js';
import {
  type DecodedRecord,
  decodeEntryType,
  decodeSnapshot,
  type LogSummary,
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
  /** null: lost to damage. */
  readonly entries: (Entry | null)[] = [];
  /** Term of the entry or snapshot at {@link lastIndex}. */
  lastTerm: Term = 0;
  /** Batches were lost; what they held may be known all the same. */
  damaged = false;
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

  /** Called with the header of each batch that follows the one before. */
  expect(header: LogSummary): void {
    if (this.entries.length === 0 && this.lastTerm === 0) this.lastTerm = header.lastTerm;
    if (header.lastIndex !== this.lastIndex || header.lastTerm !== this.lastTerm) {
      throw corrupt(
        `a batch was written when the log ended at ${header.lastIndex} (term ${header.lastTerm}), ` +
          `but it ends at ${this.lastIndex} (term ${this.lastTerm})`,
      );
    }
  }

  /** Called with the header of a batch before which others were lost. */
  resume({ lastIndex, lastTerm, hardState }: LogSummary): void {
    this.damaged = true;
    if (lastIndex !== this.lastIndex || lastTerm !== this.lastTerm) {
      const certain = this.certainThrough(hardState);
      if (lastIndex < certain) {
        throw corrupt(`the log ended at ${lastIndex}, but had been certain through ${certain}`);
      }
      // It may have been cut below where these segments begin. What stood there is in a snapshot.
      this.firstIndex = Math.min(this.firstIndex, lastIndex + 1);
      const kept = Math.min(lastIndex, Math.max(certain, this.firstIndex - 1));
      this.entries.length = kept + 1 - this.firstIndex;
      for (let index = kept + 1; index <= lastIndex; index++) this.entries.push(null);
    }
    this.lastTerm = lastTerm;
    this.hardState = hardState;
    if (lastIndex > 0 || hardState.term > 0) this.hasContent = true;
  }

  /**
   * How much of the log is sure not to have been replaced by a lost batch: what is committed; and all of
   * it if it ends with an entry of the leader in whose term the log still is, which only appends.
   */
  private certainThrough(later: HardState): LogIndex {
    if (this.lastTerm === later.term && this.entries.length > 0) return this.lastIndex;
    return Math.min(this.lastIndex, this.hardState.commit);
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
    this.lastTerm = record.term;
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
    this.lastTerm = metadata.term;
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
