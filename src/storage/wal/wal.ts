// The write-ahead log's writer: group commit, segment cuts, release. One flush is in flight at any
// time; what is appended meanwhile is the next batch. Not here: reading the log back (recover.ts).
// Keeps: a callback runs only after the sync that covers its records has returned without error, and
// a segment is unlinked only when a durable later one repeats all state but the entries it drops.

import { assert } from '../../base/assert.js';
import type { LogIndex, Term } from '../../base/ids.js';
import type { Disk, DiskError, Fd } from '../../ports/disk.js';
import type { Entry, HardState, SnapshotMetadata } from '../../raft/raftpb.js';
import {
  expectSynced,
  mustWrite,
  removeFile,
  syncData,
  syncDirectory,
  syncTwice,
  writeFully,
} from './disk-io.js';
import { alignSector, BatchEncoder, type LogSummary, SECTOR_BYTES } from './record.js';
import {
  encodeSeal,
  encodeSegmentHeader,
  SEGMENT_FORMAT,
  type SegmentName,
  segmentPath,
  WAL_DIRECTORY,
} from './segment.js';
import { SpareSegment } from './spare-segment.js';

/** Zeros written to the spare at each flush: it is ready long before the current segment is full. */
const SPARE_STEP_BYTES = 256 * 1024;
/** Newest snapshots that are kept, and whose markers every segment repeats. */
export const SNAPSHOTS_KEPT = 2;

export interface WalConfig {
  readonly memberId: number;
  readonly clusterId: number;
  /** Preallocated size of a segment; one huge batch may exceed it. */
  readonly segmentBytes: number;
}

/** Where the writer continues: what recovery found, or the beginning of an empty log. */
export interface WalPosition {
  /** Oldest first; the last one is written to. Empty: none exists yet. */
  readonly segments: readonly SegmentName[];
  /** The last segment, open; -1 if there is none. */
  readonly fd: Fd;
  /** Where the next batch goes. */
  readonly offset: number;
  /** Size of the last segment. */
  readonly segmentSize: number;
  /** Last accepted batch, and the CRC chain after it. */
  readonly sequence: number;
  readonly chain: number;
  /** Whether some batch already proves that the last one is durable. */
  readonly confirmed: boolean;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  readonly hardState: HardState;
  /** Newest first, at most {@link SNAPSHOTS_KEPT}. */
  readonly markers: readonly SnapshotMetadata[];
}

export const EMPTY_WAL: WalPosition = {
  segments: [],
  fd: -1,
  offset: 0,
  segmentSize: 0,
  sequence: 0,
  chain: 0,
  confirmed: true,
  lastIndex: 0,
  lastTerm: 0,
  hardState: { term: 0, vote: 0, commit: 0 },
  markers: [],
};

type Done = () => void;

export class Wal {
  private readonly disk: Disk;
  private readonly config: WalConfig;
  private readonly segments: SegmentName[];
  private spare: SpareSegment | null = null;
  private fd: Fd;
  private offset: number;
  private segmentSize: number;
  /** End of the first batch of the segment: at this offset a cut would gain nothing. */
  private headEnd = -1;

  private sequence: number;
  private chain: number;
  private durableSequence: number;
  /** The last batch has content, and no later batch proves that it is durable. */
  private unconfirmed: boolean;
  /** A flush or a cut is under way, or callbacks are running. */
  private busy = false;

  private readonly batch = new BatchEncoder();
  /** For the first batches of segments. */
  private readonly head = new BatchEncoder();
  private batchIsConfirm = false;
  /** Callbacks of the batch being filled, and of the one being flushed. */
  private pendingDone: Done[] = [];
  private flightDone: Done[] = [];

  // As of the last append, and as of the last batch written: a cut repeats the latter.
  private lastIndex: LogIndex;
  private lastTerm: Term;
  private hardState: HardState;
  private written: LogSummary;
  /** Newest first; durable. */
  private markers: readonly SnapshotMetadata[];

  constructor(disk: Disk, config: WalConfig, position: WalPosition) {
    this.disk = disk;
    this.config = config;
    this.segments = [...position.segments];
    this.fd = position.fd;
    this.offset = position.offset;
    this.segmentSize = position.segmentSize;
    this.sequence = position.sequence;
    this.durableSequence = position.sequence;
    this.chain = position.chain;
    this.unconfirmed = !position.confirmed;
    this.lastIndex = position.lastIndex;
    this.lastTerm = position.lastTerm;
    this.hardState = position.hardState;
    this.written = position;
    this.markers = position.markers;
  }

  get flushInFlight(): boolean {
    return this.busy;
  }

  /** Creates the first segment of an empty log. */
  create(done: Done): void {
    assert(this.segments.length === 0, 'only an empty log has no first segment');
    this.cut(() => {
      this.busy = false;
      done();
    });
  }

  /**
   * Buffers the update and starts a flush if none is in flight. `done` is called when all of it is
   * durable, after the `done` of every earlier update; an empty update has nothing to wait for but
   * those, so its `done` may be called inside the call. Linear in the bytes.
   *
   * `snapshot` is the marker of an installed snapshot: it replaces the log before `entries` follow.
   */
  append(
    hardState: HardState | null,
    entries: readonly Entry[],
    snapshot: SnapshotMetadata | null,
    done: Done,
  ): void {
    if (snapshot !== null) {
      this.batch.snapshot(snapshot, true);
      this.lastIndex = snapshot.index;
      this.lastTerm = snapshot.term;
    }
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      const { index } = entry;
      if (index > this.lastIndex + 1 || index < 1 || (i > 0 && index !== this.lastIndex + 1)) {
        assert(false, 'appended entries leave no gap', { index, lastIndex: this.lastIndex });
      }
      this.batch.entry(entry);
      this.lastIndex = index;
      this.lastTerm = entry.term;
    }
    if (hardState !== null) this.addHardState(hardState);
    this.enqueue(done);
  }

  /** Records that a local snapshot's file is durable. */
  appendMarker(snapshot: SnapshotMetadata, done: Done): void {
    this.batch.snapshot(snapshot, false);
    this.enqueue(done);
  }

  /** To be called when a marker is durable: from now on new segments repeat it. */
  adoptMarker(snapshot: SnapshotMetadata): void {
    const others = this.markers.filter((m) => m.index !== snapshot.index);
    others.push(snapshot);
    others.sort((a, b) => b.index - a.index);
    this.markers = others.slice(0, SNAPSHOTS_KEPT);
  }

  /** The durable markers, newest first. */
  durableMarkers(): readonly SnapshotMetadata[] {
    return this.markers;
  }

  /**
   * Writes a batch whose header proves that the last one is durable, so that damage to that one can
   * never be taken for a torn write. No-op unless the log is idle and needs it.
   */
  confirm(): void {
    if (this.busy || this.batch.count > 0 || !this.unconfirmed) return;
    this.batch.confirm();
    this.batchIsConfirm = true;
    this.flush();
  }

  /**
   * Unlinks segments whose entries are all at or below `index`. A later segment begins with the
   * metadata, the hard state and the markers that were durable when it began, so nothing else is lost.
   * Entries that no durable snapshot covers are kept whatever `index` says.
   */
  release(index: LogIndex): void {
    const newestMarker = this.markers[0];
    if (newestMarker === undefined) return;
    const limit = Math.min(index, newestMarker.index);
    while (this.segments.length > 1 && this.segments[1]!.firstIndex <= limit + 1) {
      removeFile(this.disk, segmentPath(this.segments[0]!));
      this.segments.shift();
    }
  }

  private addHardState(next: HardState): void {
    const { hardState, lastIndex } = this;
    if (next.term < hardState.term || next.commit > lastIndex) {
      assert(false, 'a hard state never goes back in term nor commits beyond the log', {
        term: next.term,
        previousTerm: hardState.term,
        commit: next.commit,
        lastIndex,
      });
    }
    this.batch.hardState(next);
    this.hardState = next;
  }

  private enqueue(done: Done): void {
    if (this.batch.count > 0) {
      // A confirm batch that waits for a cut takes content along.
      this.batchIsConfirm = false;
      this.pendingDone.push(done);
      if (!this.busy) this.flush();
    } else if (this.busy) {
      this.flightDone.push(done);
    } else {
      done();
    }
  }

  /** Writes the pending batch and syncs it; cuts a segment first if it does not fit. */
  private flush(): void {
    this.busy = true;
    const { batch } = this;
    const end = this.offset + batch.length;
    if (end > this.segmentSize && this.offset !== this.headEnd) {
      this.cut(this.resume);
      return;
    }
    this.chain = batch.seal(
      this.currentSegment().sequence,
      ++this.sequence,
      this.durableSequence,
      this.chain,
      this.written,
    );
    writeFully(this.disk, this.fd, batch.buffer, 0, batch.length, this.offset);
    this.offset = alignSector(end);
    const { lastIndex, lastTerm, hardState } = this;
    this.written = { lastIndex, lastTerm, hardState };
    this.unconfirmed = !this.batchIsConfirm;
    this.batchIsConfirm = false;
    batch.reset();
    const emptied = this.flightDone;
    this.flightDone = this.pendingDone;
    this.pendingDone = emptied;
    this.disk.fdatasync(this.fd, this.onFlushed);
    // The device is busy now: the time to write zeros that nobody waits for.
    if (this.offset * 2 > this.segmentSize) this.prepareSpare();
  }

  private readonly onFlushed = (error: DiskError | null): void => {
    expectSynced(error, 'the write-ahead log');
    this.durableSequence = this.sequence;
    // Callbacks may append: the batch they fill together is flushed below, so `busy` stays set.
    const { flightDone } = this;
    for (let i = 0; i < flightDone.length; i++) flightDone[i]!();
    while (flightDone.length > 0) flightDone.pop();
    this.resume();
  };

  private readonly resume = (): void => {
    this.busy = false;
    if (this.batch.count > 0) this.flush();
  };

  private prepareSpare(): void {
    this.openSpare().fill(SPARE_STEP_BYTES);
  }

  private openSpare(): SpareSegment {
    this.spare ??= new SpareSegment(this.disk, this.nextSequence(), this.config.segmentBytes);
    return this.spare;
  }

  /** Moves on to a new segment. No flush is in flight, so all that was written is durable. */
  private cut(then: Done): void {
    this.busy = true;
    this.openSpare().finish(() => {
      if (this.fd < 0) this.enterSegment(then);
      // A late error of this segment's last flush can be heard now or never (see syncTwice).
      else syncData(this.disk, this.fd, 'the full segment', () => this.enterSegment(then));
    });
  }

  private enterSegment(then: Done): void {
    const spare = this.openSpare();
    const name = { sequence: this.nextSequence(), firstIndex: this.written.lastIndex + 1 };
    const headLength = this.writeHead(spare.fd, name);
    // Synced before it gets its name: a file with a segment's name has a valid head in every crash.
    syncTwice(this.disk, spare.fd, spare.path, () => {
      mustWrite(`rename ${spare.path}`, () => this.disk.rename(spare.path, segmentPath(name)));
      // Used only when its name is durable: otherwise acknowledged batches could vanish with it.
      syncDirectory(this.disk, WAL_DIRECTORY, () =>
        this.sealFull(() => {
          if (this.fd >= 0) this.disk.close(this.fd);
          this.spare = null;
          this.fd = spare.fd;
          this.segments.push(name);
          this.offset = alignSector(headLength);
          this.headEnd = this.offset;
          this.segmentSize = Math.max(this.config.segmentBytes, this.offset);
          this.durableSequence = this.sequence;
          this.unconfirmed = false;
          then();
        }),
      );
    });
  }

  /** Has the full segment say that a next one exists, before that is used: its loss would show. */
  private sealFull(then: Done): void {
    if (this.fd < 0) {
      then();
      return;
    }
    const { bytes, at } = encodeSeal(this.currentSegment().sequence);
    writeFully(this.disk, this.fd, bytes, 0, bytes.length, at);
    syncTwice(this.disk, this.fd, 'the full segment', then);
  }

  /** Header sector and first batch, which repeats the state so that older segments can go. */
  private writeHead(fd: Fd, name: SegmentName): number {
    const { memberId, clusterId, segmentBytes } = this.config;
    const { head } = this;
    head.reset();
    head.metadata(memberId, clusterId);
    head.hardState(this.written.hardState);
    for (let i = this.markers.length - 1; i >= 0; i--) head.snapshot(this.markers[i]!, false);
    const previousChain = this.chain;
    this.sequence++;
    this.chain = head.seal(
      name.sequence,
      this.sequence,
      this.durableSequence,
      previousChain,
      this.written,
    );
    const bytes = new Uint8Array(SECTOR_BYTES + head.length);
    encodeSegmentHeader(bytes, {
      format: SEGMENT_FORMAT,
      sequence: name.sequence,
      firstIndex: name.firstIndex,
      firstBatch: this.sequence,
      memberId,
      clusterId,
      segmentBytes,
      previousChain,
    });
    bytes.set(head.buffer.subarray(0, head.length), SECTOR_BYTES);
    writeFully(this.disk, fd, bytes, 0, bytes.length, 0);
    return bytes.length;
  }

  private nextSequence(): number {
    const last = this.segments.at(-1);
    return last === undefined ? 0 : last.sequence + 1;
  }

  private currentSegment(): SegmentName {
    return this.segments[this.segments.length - 1]!;
  }
}
