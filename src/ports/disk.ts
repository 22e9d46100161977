// Port: the file system of one machine, reduced to what a database needs of POSIX.
//
// Reads, writes and namespace operations act on the page cache and return at once, as the system
// calls do. Only the three sync operations complete later, and only they promise durability:
//
// - fdatasync: bytes whose pwrite returned before the call, and the size if it grew;
// - fsync: the same, and the inode's other metadata;
// - fsyncDir: creations, renames and unlinks in that directory. Syncing a file does not make its
//   directory entry durable.
//
// Completions of one file arrive in the order of the calls, never inside the call itself, and never
// after the process has died.

/** The POSIX error numbers a database has to tell apart. */
export type DiskErrorCode = 'EIO' | 'ENOSPC' | 'ENOENT' | 'EEXIST' | 'EBADF' | 'EROFS';

/** An error of the device or the file system, thrown by synchronous calls, handed to completions. */
export class DiskError extends Error {
  override readonly name = 'DiskError';
  readonly code: DiskErrorCode;
  readonly operation: string;
  readonly path: string;

  constructor(code: DiskErrorCode, operation: string, path: string) {
    super(`${code}: ${operation} ${path}`);
    this.code = code;
    this.operation = operation;
    this.path = path;
  }
}

/** An open file. */
export type Fd = number;

/** Called once per sync operation. After an error, nothing may be assumed durable (fsyncgate). */
export type SyncDone = (error: DiskError | null) => void;

/** Paths are relative to the process's data directory, with `/` between parts. */
export interface Disk {
  /**
   * Opens for reading and writing.
   * `create`: make an empty file if there is none; `exclusive`: fail with EEXIST if there is one.
   * Throws ENOENT, EEXIST, ENOSPC, EIO.
   */
  open(path: string, options?: { readonly create?: boolean; readonly exclusive?: boolean }): Fd;
  /** Never syncs and reports nothing. */
  close(fd: Fd): void;
  /** Copies up to `length` bytes into `target`; returns how many, fewer only at the end of file. Throws EIO. */
  pread(fd: Fd, target: Uint8Array, targetOffset: number, length: number, position: number): number;
  /** Copies up to `length` bytes out of `source`; returns how many were written: it may be fewer. Throws EIO, ENOSPC. */
  pwrite(
    fd: Fd,
    source: Uint8Array,
    sourceOffset: number,
    length: number,
    position: number,
  ): number;
  /** Size in bytes. */
  size(fd: Fd): number;
  /** Cuts or extends (with zeros) to `size` bytes. Throws EIO, ENOSPC. */
  ftruncate(fd: Fd, size: number): void;
  fdatasync(fd: Fd, done: SyncDone): void;
  fsync(fd: Fd, done: SyncDone): void;
  /** Replaces `to` if it exists; atomic in the cache. Throws ENOENT, ENOSPC, EIO. */
  rename(from: string, to: string): void;
  /** The file lives on while it is open. Throws ENOENT, EIO. */
  unlink(path: string): void;
  /** Makes one directory; an existing one is not an error. Throws ENOENT (no parent), ENOSPC, EIO. */
  mkdir(path: string): void;
  /** Names in a directory, sorted by code unit. Throws ENOENT. */
  readdir(path: string): string[];
  fsyncDir(path: string, done: SyncDone): void;
}
