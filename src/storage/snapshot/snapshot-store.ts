// Snapshot files on disk: written under a temporary name, synced, renamed, and the rename synced.
// Not here: the WAL marker that makes a snapshot count; a file without one is garbage after a crash.
// Keeps: a file with a snapshot's name is complete in every crash state; damage is always noticed.

import type { LogIndex, Term } from '../../base/ids.js';
import type { Disk } from '../../ports/disk.js';
import { FailStop } from '../../ports/process.js';
import type { SnapshotMetadata } from '../../raft/raftpb.js';
import {
  hasCode,
  mustWrite,
  readFully,
  removeFile,
  syncDirectory,
  syncTwice,
  writeFully,
} from '../wal/disk-io.js';
import {
  decodeSnapshotFile,
  encodeSnapshot,
  parseSnapshotName,
  SNAPSHOT_DIRECTORY,
  type SnapshotContent,
  type SnapshotOwner,
  snapshotPath,
} from './snapshot-file.js';

interface SnapshotName {
  readonly term: Term;
  readonly index: LogIndex;
}

export class SnapshotStore {
  private readonly disk: Disk;
  private readonly owner: SnapshotOwner;
  private readonly chunkBytes: number;
  /** Files whose name is durable. */
  private files: readonly SnapshotName[] = [];
  private temporaryCount = 0;

  constructor(disk: Disk, owner: SnapshotOwner, chunkBytes: number) {
    this.disk = disk;
    this.owner = owner;
    this.chunkBytes = chunkBytes;
  }

  /** Calls `done` when the file and its name are durable. `data` is not needed after the call. */
  save(metadata: SnapshotMetadata, data: Uint8Array, done: () => void): void {
    const { disk } = this;
    const { term, index } = metadata;
    const temporary = `${SNAPSHOT_DIRECTORY}/${++this.temporaryCount}.tmp`;
    const frame = encodeSnapshot(this.owner, metadata, data, this.chunkBytes);
    const fd = mustWrite(`create ${temporary}`, () =>
      disk.open(temporary, { create: true, exclusive: true }),
    );
    const dataEnd = frame.header.length + data.length;
    writeFully(disk, fd, frame.header, 0, frame.header.length, 0);
    writeFully(disk, fd, data, 0, data.length, frame.header.length);
    writeFully(disk, fd, frame.trailer, 0, frame.trailer.length, dataEnd);
    syncTwice(disk, fd, temporary, () => {
      disk.close(fd);
      mustWrite(`rename ${temporary}`, () => disk.rename(temporary, snapshotPath(term, index)));
      syncDirectory(disk, SNAPSHOT_DIRECTORY, () => {
        if (!this.has(metadata)) this.files = [...this.files, { term, index }];
        done();
      });
    });
  }

  /** Whether the file of this snapshot is durable. */
  has(name: SnapshotName): boolean {
    return this.files.some((file) => file.term === name.term && file.index === name.index);
  }

  /** Reads and verifies a snapshot; null if it is missing, unreadable or damaged. */
  read(name: SnapshotName): SnapshotContent | null {
    const { disk } = this;
    let bytes: Buffer;
    try {
      const fd = disk.open(snapshotPath(name.term, name.index));
      try {
        bytes = Buffer.allocUnsafeSlow(disk.size(fd));
        bytes = bytes.subarray(0, readFully(disk, fd, bytes, bytes.length));
      } finally {
        disk.close(fd);
      }
    } catch (error) {
      // A sector that cannot be read is a damaged one.
      if (hasCode(error, 'ENOENT') || hasCode(error, 'EIO')) return null;
      throw new FailStop('disk-read', `cannot read snapshot ${name.index}`, error);
    }
    const content = decodeSnapshotFile(bytes, this.owner);
    if (content === null) return null;
    const { metadata } = content;
    return metadata.index === name.index && metadata.term === name.term ? content : null;
  }

  /**
   * At start: keeps the files in `kept`, removes all others, then syncs the directory. With `sparing` it
   * removes no snapshot: another reading may yet find good what looks damaged.
   */
  adopt(
    names: readonly string[],
    kept: readonly SnapshotName[],
    sparing: boolean,
    then: () => void,
  ): void {
    const files: SnapshotName[] = [];
    for (const name of names) {
      const parsed = parseSnapshotName(name);
      if (parsed === null && !name.endsWith('.tmp')) continue;
      const isKept =
        parsed !== null && kept.some((k) => k.term === parsed.term && k.index === parsed.index);
      if (isKept) files.push(parsed);
      else if (parsed === null || !sparing) removeFile(this.disk, `${SNAPSHOT_DIRECTORY}/${name}`);
    }
    this.files = files;
    syncDirectory(this.disk, SNAPSHOT_DIRECTORY, then);
  }

  /** Removes the files of snapshots older than `index`. */
  removeBefore(index: LogIndex): void {
    const { files } = this;
    if (!files.some((file) => file.index < index)) return;
    this.files = files.filter((file) => file.index >= index);
    for (const file of files) {
      if (file.index < index) removeFile(this.disk, snapshotPath(file.term, file.index));
    }
  }
}
