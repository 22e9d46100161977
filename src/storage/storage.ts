// The durable storage of one Raft member: WAL and snapshots under one roof, opened by one recovery.
// Not here: what entries and snapshots mean, or when to take a snapshot (the node decides).
// Keeps: what a callback reported durable is recovered after any crash, or named as missing, or the
// member refuses to start.

import { assert } from '../base/assert.js';
import type { LogIndex, Term } from '../base/ids.js';
import type { Disk } from '../ports/disk.js';
import { FailStop } from '../ports/process.js';
import type { Entry, HardState, SnapshotMetadata } from '../raft/raftpb.js';
import { LogRepair } from './log-repair.js';
import {
  parseSnapshotName,
  SNAPSHOT_DIRECTORY,
  type SnapshotContent,
} from './snapshot/snapshot-file.js';
import { SnapshotStore } from './snapshot/snapshot-store.js';
import { listDirectory, removeFile } from './wal/disk-io.js';
import { SECTOR_BYTES } from './wal/record.js';
import { createDirectories, repairWal, scanWal } from './wal/recover.js';
import { corrupt, type LogReplay } from './wal/replay.js';
import { WAL_DIRECTORY } from './wal/segment.js';
import { EMPTY_WAL, SNAPSHOTS_KEPT, Wal } from './wal/wal.js';

const SEGMENT_BYTES_MIN = 4096;

export interface StorageConfig {
  readonly memberId: number;
  readonly clusterId: number;
  /** Preallocated size of a WAL segment; a multiple of 512, at least 4096. */
  readonly segmentBytes: number;
  /** Snapshot content is checksummed in chunks of this size. */
  readonly snapshotChunkBytes: number;
  /** Whether nothing may be there: the member is new. One that has run before has lost its files then. */
  readonly bootstrap: boolean;
}

/** What a member finds when it starts. */
export interface Recovered {
  readonly storage: Storage;
  /** `commit` is at least the snapshot's index and at most the last entry's. */
  readonly hardState: HardState;
  /** The log after the snapshot, without a gap. */
  readonly entries: Entry[];
  readonly snapshot: SnapshotContent | null;
  /**
   * Durable entries are damaged here: the member must get them back from its peers before it takes part
   * in anything, then call {@link Storage.finishRepair}. null: all is there.
   */
  readonly repair: LogRepair | null;
}

/** What one Raft Ready wants durable. */
export interface StorageUpdate {
  readonly hardState: HardState | null;
  readonly entries: readonly Entry[];
  /**
   * An installed snapshot, received before: it replaces the whole log, before `entries` follow.
   */
  readonly snapshot: SnapshotMetadata | null;
}

/**
 * Durable storage. Calls return at once; callbacks run later, in order, from the disk's completions.
 * Every method, and every completion, may throw FailStop: the process must then end.
 */
export class Storage {
  private readonly wal: Wal;
  private readonly snapshots: SnapshotStore;

  private constructor(wal: Wal, snapshots: SnapshotStore) {
    this.wal = wal;
    this.snapshots = snapshots;
  }

  /**
   * Recovers what the directory holds, or initialises an empty one, and calls `done` when that is
   * durable. Throws FailStop, from a completion too: 'corruption' if durable bytes are damaged,
   * 'lost-data' if there are none, 'wrong-data' if they are another member's, 'disk-read', 'disk-write', 'disk-sync'.
   */
  static open(disk: Disk, config: StorageConfig, done: (recovered: Recovered) => void): void {
    const { segmentBytes, snapshotChunkBytes } = config;
    assert(
      segmentBytes >= SEGMENT_BYTES_MIN && segmentBytes % SECTOR_BYTES === 0,
      'a segment has room for its head and ends on a sector boundary',
      { segmentBytes },
    );
    assert(snapshotChunkBytes > 0, 'a chunk has bytes', { snapshotChunkBytes });
    const snapshots = new SnapshotStore(disk, config, snapshotChunkBytes);
    const walNames = listDirectory(disk, WAL_DIRECTORY) ?? [];
    const snapshotNames = listDirectory(disk, SNAPSHOT_DIRECTORY) ?? [];
    const scan = scanWal(disk, config, walNames);
    if (scan === null) {
      if (snapshotNames.some((name) => parseSnapshotName(name) !== null)) {
        throw corrupt('there are snapshots but no write-ahead log');
      }
      if (!config.bootstrap) throw lost('directory');
      initialise(disk, config, [walNames, snapshotNames], (wal) => {
        const storage = new Storage(wal, snapshots);
        done({
          storage,
          hardState: EMPTY_WAL.hardState,
          entries: [],
          snapshot: null,
          repair: null,
        });
      });
      return;
    }

    // All decisions come before the first change: a refusal leaves the evidence as it was.
    const { replay } = scan;
    if (!replay.hasContent && !config.bootstrap) throw lost('log');
    const chosen = chooseSnapshot(replay, snapshots, snapshotNames);
    const hardState = chooseHardState(replay, chosen);
    const slots = slotsAfter(replay, chosen);
    const markers = keptMarkers(replay, chosen);
    const repair = slots.includes(null)
      ? new LogRepair(hardState, chosen, slots, replay.lastTerm)
      : null;
    repairWal(disk, scan, repair !== null, (position) => {
      const wal = new Wal(disk, config, {
        ...position,
        segments: scan.segments,
        fd: scan.tail.fd,
        sequence: scan.tail.sequence,
        chain: scan.tail.chain,
        confirmed: scan.tail.confirmed,
        lastIndex: replay.lastIndex,
        lastTerm: replay.lastTerm,
        hardState,
        markers,
      });
      const entries = repair === null ? (slots as Entry[]) : [];
      snapshots.adopt(snapshotNames, markers, repair !== null, () => {
        const storage = new Storage(wal, snapshots);
        done({ storage, hardState, entries, snapshot: chosen, repair });
      });
    });
  }

  /**
   * Makes a log durable that has got back what it missed, in one batch: after a crash it is there whole,
   * or the holes are. `done`: as if nothing had been damaged.
   */
  finishRepair(repair: LogRepair, done: (recovered: Recovered) => void): void {
    const { base, received } = repair;
    const update = {
      hardState: repair.continued(),
      entries: repair.rewritten(),
      snapshot: received && base !== null ? base.metadata : null,
    };
    this.append(update, () =>
      done({
        storage: this,
        hardState: update.hardState,
        entries: repair.wholeLog(),
        snapshot: base,
        repair: null,
      }),
    );
  }

  /** Whether the WAL is waiting for the disk. */
  get flushInFlight(): boolean {
    return this.wal.flushInFlight;
  }

  /** Makes one update durable, then calls `done`; see {@link Wal.append}. */
  append(update: StorageUpdate, done: () => void): void {
    const { snapshot } = update;
    if (snapshot === null) {
      this.wal.append(update.hardState, update.entries, null, done);
      return;
    }
    assert(this.snapshots.has(snapshot), 'a marker names a snapshot whose file is durable', {
      index: snapshot.index,
    });
    this.wal.append(update.hardState, update.entries, snapshot, () => {
      this.markerDurable(snapshot);
      done();
    });
  }

  /** Stores a snapshot of this member's own state. `done`: file and marker are durable. */
  saveSnapshot(metadata: SnapshotMetadata, data: Uint8Array, done: () => void): void {
    this.snapshots.save(metadata, data, () => {
      this.wal.appendMarker(metadata, () => {
        this.markerDurable(metadata);
        done();
      });
    });
  }

  /**
   * Stores the content of another member's snapshot. `done`: the file is durable; the snapshot
   * counts only once {@link append} has recorded it.
   */
  receiveSnapshot(metadata: SnapshotMetadata, data: Uint8Array, done: () => void): void {
    this.snapshots.save(metadata, data, done);
  }

  /** The content of a stored snapshot, verified; null if it is missing or damaged. */
  readSnapshot(name: { readonly index: LogIndex; readonly term: Term }): Uint8Array | null {
    return this.snapshots.read(name)?.data ?? null;
  }

  /** Frees space of entries up to `index`, as far as a durable snapshot covers them. */
  release(index: LogIndex): void {
    this.wal.release(index);
  }

  /** To be called when idle; see {@link Wal.confirm}. */
  confirm(): void {
    this.wal.confirm();
  }

  private markerDurable(snapshot: SnapshotMetadata): void {
    this.wal.adoptMarker(snapshot);
    const markers = this.wal.durableMarkers();
    if (markers.length === SNAPSHOTS_KEPT) this.snapshots.removeBefore(markers.at(-1)!.index);
  }
}

function lost(what: 'directory' | 'log'): FailStop {
  return new FailStop('lost-data', `the ${what} is empty, but this member has run before`);
}

/** Creates directories and the first segment. What a crash left of an earlier attempt goes. */
function initialise(
  disk: Disk,
  config: StorageConfig,
  names: readonly [wal: readonly string[], snapshots: readonly string[]],
  then: (wal: Wal) => void,
): void {
  for (const name of names[0]) {
    if (name.endsWith('.tmp')) removeFile(disk, `${WAL_DIRECTORY}/${name}`);
  }
  for (const name of names[1]) {
    if (name.endsWith('.tmp')) removeFile(disk, `${SNAPSHOT_DIRECTORY}/${name}`);
  }
  createDirectories(disk, [WAL_DIRECTORY, SNAPSHOT_DIRECTORY], () => {
    const wal = new Wal(disk, config, EMPTY_WAL);
    wal.create(() => then(wal));
  });
}

/**
 * The newest snapshot that has a marker, is intact, and connects to the log. An older one stands in for a
 * damaged one if the log still has every entry since. If entries are missing, markers may be as well, so
 * any intact file counts: a snapshot is always of what was committed. If none connects, what lies before
 * the log is missing too.
 */
function chooseSnapshot(
  replay: LogReplay,
  snapshots: SnapshotStore,
  names: readonly string[],
): SnapshotContent | null {
  const newestFirst = [...replay.markers].reverse().sort((a, b) => b.index - a.index);
  let intact: SnapshotContent | null = null;
  for (const marker of newestFirst) {
    const content = snapshots.read(marker) ?? snapshots.read(marker);
    if (content === null) continue;
    if (marker.index > replay.lastIndex) {
      throw corrupt(`snapshot ${marker.index} is ahead of the log's end ${replay.lastIndex}`);
    }
    // The marker's membership counts: a received file may not have known it yet.
    intact = { metadata: marker, data: content.data };
    break;
  }
  const connects = replay.firstIndex <= (intact?.metadata.index ?? 0) + 1;
  if (connects && !replay.damaged) return intact;
  for (const name of names) {
    const parsed = parseSnapshotName(name);
    if (parsed === null || parsed.index > replay.lastIndex) continue;
    if (intact !== null && parsed.index <= intact.metadata.index) continue;
    const content = snapshots.read(parsed);
    if (content !== null) intact = content;
  }
  return intact;
}

/** A snapshot holds committed state, so the commit index is never before it. */
function chooseHardState(replay: LogReplay, snapshot: SnapshotContent | null): HardState {
  const { hardState, lastIndex } = replay;
  if (hardState.commit > lastIndex) {
    throw corrupt(`commit ${hardState.commit} is ahead of the log's end ${lastIndex}`);
  }
  const commit = Math.max(hardState.commit, snapshot?.metadata.index ?? 0);
  return commit === hardState.commit ? hardState : { ...hardState, commit };
}

/** The log after the snapshot; null for each entry that is missing. */
function slotsAfter(replay: LogReplay, snapshot: SnapshotContent | null): (Entry | null)[] {
  const index = snapshot?.metadata.index ?? 0;
  const missing = Math.max(0, replay.firstIndex - 1 - index);
  const kept = replay.entries.slice(Math.max(0, index + 1 - replay.firstIndex));
  return [...Array.from({ length: missing }, () => null), ...kept];
}

/** The chosen snapshot and the one before it: the only files worth keeping, newest first. */
function keptMarkers(replay: LogReplay, chosen: SnapshotContent | null): SnapshotMetadata[] {
  if (chosen === null) return [];
  let previous: SnapshotMetadata | null = null;
  for (const marker of replay.markers) {
    const isOlder = marker.index < chosen.metadata.index;
    if (isOlder && marker.index >= (previous?.index ?? 0)) previous = marker;
  }
  return previous === null ? [chosen.metadata] : [chosen.metadata, previous];
}
