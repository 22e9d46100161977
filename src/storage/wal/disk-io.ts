// What WAL and snapshots ask of the disk, with one rule for its errors: stop, never retry.
// After a failed sync nobody knows which bytes are durable, and a second sync may lie (fsyncgate).
// Keeps: no error of a write, a sync or a namespace operation is ever swallowed.

import type { Disk, DiskError, Fd } from '../../ports/disk.js';
import { FailStop } from '../../ports/process.js';

/** The directory that holds everything else: the process's data directory. */
export const ROOT_DIRECTORY = '.';

/** Throws FailStop('disk-sync') if a sync failed. */
export function expectSynced(error: DiskError | null, what: string): void {
  if (error !== null)
    throw new FailStop('disk-sync', `cannot sync ${what}: ${error.message}`, error);
}

/** Runs a synchronous operation that changes the disk; its error becomes FailStop('disk-write'). */
export function mustWrite<T>(what: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw writeFailure(what, error);
  }
}

/** Writes all `length` bytes: a short write is continued where it stopped. */
export function writeFully(
  disk: Disk,
  fd: Fd,
  source: Uint8Array,
  sourceOffset: number,
  length: number,
  position: number,
): void {
  let written = 0;
  while (written < length) {
    let count: number;
    try {
      count = disk.pwrite(fd, source, sourceOffset + written, length - written, position + written);
    } catch (error) {
      throw writeFailure('bytes', error);
    }
    // A device that takes nothing would keep us here for ever.
    if (count <= 0) throw new FailStop('disk-write', `wrote 0 of ${length - written} bytes`);
    written += count;
  }
}

/** Reads up to `length` bytes, fewer only at the end of the file. Errors of the disk pass through. */
export function readFully(disk: Disk, fd: Fd, target: Uint8Array, length: number): number {
  let total = 0;
  while (total < length) {
    const count = disk.pread(fd, target, total, length - total, total);
    if (count <= 0) break;
    total += count;
  }
  return total;
}

/** fdatasync, then `then`. */
export function syncData(disk: Disk, fd: Fd, what: string, then: () => void): void {
  disk.fdatasync(fd, (error) => {
    expectSynced(error, what);
    then();
  });
}

/**
 * fsync and then fdatasync. A journaling file system may report a failure of the first only at the
 * second (ext4 data=journal): what nobody will sync again has to be asked for twice.
 */
export function syncTwice(disk: Disk, fd: Fd, what: string, then: () => void): void {
  disk.fsync(fd, (error) => {
    expectSynced(error, what);
    syncData(disk, fd, what, then);
  });
}

/** Makes creations, renames and unlinks in a directory durable. */
export function syncDirectory(disk: Disk, path: string, then: () => void): void {
  disk.fsyncDir(path, (error) => {
    expectSynced(error, `directory ${path}`);
    then();
  });
}

/** Names in a directory; none if it does not exist. */
export function listDirectory(disk: Disk, path: string): readonly string[] | null {
  try {
    return disk.readdir(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw new FailStop('disk-read', `cannot list ${path}`, error);
  }
}

/** Unlinks a file that may have gone already. */
export function removeFile(disk: Disk, path: string): void {
  try {
    disk.unlink(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw writeFailure(`unlink ${path}`, error);
  }
}

/** Whether `error` is a DiskError of this code; told by shape, since it may cross a module boundary. */
export function hasCode(error: unknown, code: DiskError['code']): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function writeFailure(what: string, error: unknown): FailStop {
  const detail = error instanceof Error ? error.message : String(error);
  return new FailStop('disk-write', `cannot write ${what}: ${detail}`, error);
}
