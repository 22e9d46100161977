// A small disk for storage tests that can be copied and crashed in every legal way: page cache and media
// apart, syncs that complete when told, and a power loss whose every choice the caller makes.
// Not here: time, latency, latent errors: src/sim has those. Written independently of it on purpose.

import { type Disk, DiskError, type Fd, type SyncDone } from '../../src/ports/disk.js';

const SECTOR = 512;

/** Picks one of `bound` possibilities. */
export type Choose = (bound: number) => number;

export interface CrashProfile {
  /** Which un-synced namespace operations survive: a prefix, or any subset in order per name. */
  readonly namespace: 'prefix' | 'subset';
  /** What a file that grew holds where its data was lost. */
  readonly grown: 'never' | 'zeros' | 'garbage';
}

/** The five of the simulator, reduced to what a power loss may do. */
export const CRASH_PROFILES: readonly CrashProfile[] = [
  { namespace: 'prefix', grown: 'never' },
  { namespace: 'prefix', grown: 'zeros' },
  { namespace: 'subset', grown: 'never' },
  { namespace: 'subset', grown: 'garbage' },
];

interface Write {
  readonly lo: number;
  readonly bytes: Uint8Array;
}

class Inode {
  cache = Buffer.alloc(0);
  media = Buffer.alloc(0);
  /** Since the last completed sync, oldest first. */
  writes: Write[] = [];
  writeCount = 0;
  delayedError = false;
}

type NameOp =
  | { readonly kind: 'mkdir'; readonly path: string; readonly n: number }
  | { readonly kind: 'link'; readonly path: string; readonly inode: Inode; readonly n: number }
  | { readonly kind: 'unlink'; readonly path: string; readonly n: number }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string; readonly n: number };

interface PendingSync {
  readonly what: string;
  readonly complete: () => DiskError | null;
  readonly done: SyncDone;
}

interface Tree {
  readonly directories: Set<string>;
  readonly files: Map<string, Inode>;
}

/** How the next sync goes wrong: at once, or as ext4 data=journal does, by lying first. */
export type SyncFault = 'fail' | 'lie-then-fail';

export class CrashDisk implements Disk {
  private tree: Tree = { directories: new Set(['.']), files: new Map() };
  private durable: Tree = { directories: new Set(['.']), files: new Map() };
  private nameOps: NameOp[] = [];
  private nameOpCount = 0;
  private fds = new Map<Fd, { inode: Inode; path: string }>();
  private nextFd = 3;
  private syncs: PendingSync[] = [];

  /** Every operation that changes something, with its outcome: for asserting on order. */
  readonly log: string[] = [];
  /** Seen by every pwrite, with the bytes as given. */
  onWrite: ((path: string, bytes: Uint8Array, position: number) => void) | null = null;
  syncFault: SyncFault | null = null;
  /** Decides which sectors a failed sync wrote. */
  faultChoose: Choose = () => 0;
  failWrites = false;
  failReads = false;
  /** Nothing of this file can be read from this byte on. */
  unreadable: readonly [path: string, from: number] | null = null;
  failRenames = false;
  /** At most so many bytes a pwrite. */
  writeBytesMax = Number.MAX_SAFE_INTEGER;

  // --- Disk ---------------------------------------------------------------------------------------

  open(path: string, options: { create?: boolean; exclusive?: boolean } = {}): Fd {
    let inode = this.tree.files.get(path);
    if (inode !== undefined && options.exclusive) throw new DiskError('EEXIST', 'open', path);
    if (inode === undefined) {
      if (!options.create || !this.tree.directories.has(directoryOf(path))) {
        throw new DiskError('ENOENT', 'open', path);
      }
      inode = new Inode();
      this.tree.files.set(path, inode);
      this.nameOps.push({ kind: 'link', path, inode, n: this.nameOpCount++ });
      this.log.push(`create ${path}`);
    }
    const fd = this.nextFd++;
    this.fds.set(fd, { inode, path });
    return fd;
  }

  close(fd: Fd): void {
    this.file(fd);
    this.fds.delete(fd);
  }

  pread(fd: Fd, target: Uint8Array, offset: number, length: number, position: number): number {
    const { inode, path } = this.file(fd);
    if (this.failReads) throw new DiskError('EIO', 'pread', path);
    if (this.unreadable?.[0] === path && position + length > this.unreadable[1]) {
      throw new DiskError('EIO', 'pread', path);
    }
    const part = inode.cache.subarray(position, position + length);
    target.set(part, offset);
    return part.length;
  }

  pwrite(fd: Fd, source: Uint8Array, offset: number, length: number, position: number): number {
    const { inode, path } = this.file(fd);
    if (this.failWrites) throw new DiskError('EIO', 'pwrite', path);
    this.onWrite?.(path, source.subarray(offset, offset + length), position);
    const count = Math.min(length, this.writeBytesMax);
    const bytes = Uint8Array.from(source.subarray(offset, offset + count));
    inode.cache = patched(inode.cache, bytes, position);
    inode.writes.push({ lo: position, bytes });
    inode.writeCount++;
    this.log.push(`pwrite ${path} ${position} ${count}`);
    return count;
  }

  size(fd: Fd): number {
    return this.file(fd).inode.cache.length;
  }

  ftruncate(): void {
    throw new Error('storage does not truncate');
  }

  fdatasync(fd: Fd, done: SyncDone): void {
    this.sync('fdatasync', fd, done);
  }

  fsync(fd: Fd, done: SyncDone): void {
    this.sync('fsync', fd, done);
  }

  rename(from: string, to: string): void {
    const inode = this.tree.files.get(from);
    if (inode === undefined) throw new DiskError('ENOENT', 'rename', from);
    if (this.failRenames) throw new DiskError('EIO', 'rename', from);
    this.tree.files.delete(from);
    this.tree.files.set(to, inode);
    this.nameOps.push({ kind: 'rename', path: from, to, n: this.nameOpCount++ });
    this.log.push(`rename ${from} ${to}`);
  }

  unlink(path: string): void {
    if (!this.tree.files.delete(path)) throw new DiskError('ENOENT', 'unlink', path);
    this.nameOps.push({ kind: 'unlink', path, n: this.nameOpCount++ });
    this.log.push(`unlink ${path}`);
  }

  mkdir(path: string): void {
    if (this.tree.directories.has(path)) return;
    this.tree.directories.add(path);
    this.nameOps.push({ kind: 'mkdir', path, n: this.nameOpCount++ });
  }

  readdir(path: string): string[] {
    if (!this.tree.directories.has(path)) throw new DiskError('ENOENT', 'readdir', path);
    const names: string[] = [];
    for (const file of this.tree.files.keys()) {
      if (directoryOf(file) === path) names.push(file.slice(path.length + 1));
    }
    return names.sort();
  }

  fsyncDir(path: string, done: SyncDone): void {
    const covered = this.nameOpCount;
    const complete = (): DiskError | null => {
      if (this.syncFault === 'fail') return this.failure('fsyncDir', path);
      const isCovered = (op: NameOp): boolean => op.n < covered && directoryOf(op.path) === path;
      for (const op of this.nameOps) if (isCovered(op)) applyNameOp(this.durable, op);
      this.nameOps = this.nameOps.filter((op) => !isCovered(op));
      return null;
    };
    this.syncs.push({ what: `fsyncDir ${path}`, complete, done });
  }

  // --- the test's side ------------------------------------------------------------------------------

  /** Completes the oldest sync; false if there is none. What its callback throws passes through. */
  step(): boolean {
    const sync = this.syncs.shift();
    if (sync === undefined) return false;
    const error = sync.complete();
    this.log.push(`${sync.what} ${error === null ? 'ok' : error.code}`);
    sync.done(error);
    return true;
  }

  /** Completes syncs until none is left. */
  settle(): void {
    while (this.step()) {}
  }

  get pendingSyncs(): number {
    return this.syncs.length;
  }

  /** The process is gone, the page cache is not. */
  kill(): void {
    this.syncs = [];
    this.fds.clear();
    this.syncFault = null;
    this.failWrites = false;
    this.failReads = false;
    this.writeBytesMax = Number.MAX_SAFE_INTEGER;
  }

  /** A disk as it may be after a power loss now. This one stays as it is. */
  afterPowerLoss(profile: CrashProfile, choose: Choose): CrashDisk {
    const survived: Tree = {
      directories: new Set(this.durable.directories),
      files: new Map(this.durable.files),
    };
    for (const op of survivors(this.nameOps, profile, choose)) applyNameOp(survived, op);
    const crashed = new CrashDisk();
    const copies = new Map<Inode, Inode>();
    for (const directory of survived.directories) crashed.tree.directories.add(directory);
    for (const [path, inode] of survived.files) {
      let copy = copies.get(inode);
      if (copy === undefined) {
        copy = new Inode();
        copy.media = Buffer.from(mediaAfterLoss(inode, profile, choose));
        copy.cache = Buffer.from(copy.media);
        copies.set(inode, copy);
      }
      crashed.tree.files.set(path, copy);
    }
    crashed.durable = {
      directories: new Set(crashed.tree.directories),
      files: new Map(crashed.tree.files),
    };
    return crashed;
  }

  /** A copy of what would survive if the power failed and nothing un-synced were lost or torn. */
  copy(): CrashDisk {
    return this.afterPowerLoss({ namespace: 'prefix', grown: 'zeros' }, (bound) => bound - 1);
  }

  paths(): string[] {
    return [...this.tree.files.keys()].sort();
  }

  /** The bytes of a file as a reader sees them; changing them is damage to the media. */
  bytes(path: string): Buffer {
    const inode = this.tree.files.get(path);
    if (inode === undefined) throw new DiskError('ENOENT', 'bytes', path);
    return inode.cache;
  }

  /** The durable bytes of a file. */
  mediaBytes(path: string): Buffer {
    const inode = this.tree.files.get(path);
    if (inode === undefined) throw new DiskError('ENOENT', 'bytes', path);
    return inode.media;
  }

  remove(path: string): void {
    this.tree.files.delete(path);
    this.durable.files.delete(path);
  }

  private file(fd: Fd): { inode: Inode; path: string } {
    const file = this.fds.get(fd);
    if (file === undefined) throw new DiskError('EBADF', 'fd', String(fd));
    return file;
  }

  private failure(operation: string, path: string): DiskError {
    this.syncFault = null;
    return new DiskError('EIO', operation, path);
  }

  private sync(operation: string, fd: Fd, done: SyncDone): void {
    const { inode, path } = this.file(fd);
    const covered = inode.writeCount;
    const sizeAtCall = inode.cache.length;
    const complete = (): DiskError | null => {
      const count = inode.writes.length - (inode.writeCount - covered);
      const writes = inode.writes.splice(0, Math.max(0, count));
      if (inode.delayedError) {
        inode.delayedError = false;
        return new DiskError('EIO', operation, path);
      }
      const fault = this.syncFault;
      for (const write of writes) {
        // After a failure the pages are clean whether they were written or not.
        const parts = fault === null ? [write] : sectorsOf(write);
        for (const part of parts) {
          if (fault === null || this.faultChoose(2) === 1) {
            inode.media = patched(inode.media, part.bytes, part.lo);
          }
        }
      }
      if (inode.media.length < sizeAtCall) {
        inode.media = patched(inode.media, new Uint8Array(0), sizeAtCall);
      }
      if (fault === 'fail') return this.failure(operation, path);
      if (fault === 'lie-then-fail') {
        this.syncFault = null;
        inode.delayedError = true;
      }
      return null;
    };
    this.syncs.push({ what: `${operation} ${path}`, complete, done });
  }
}

function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '.' : path.slice(0, slash);
}

function patched(buffer: Buffer, bytes: Uint8Array, position: number): Buffer<ArrayBuffer> {
  const end = position + bytes.length;
  let target = buffer as Buffer<ArrayBuffer>;
  if (end > buffer.length) {
    target = Buffer.alloc(end);
    buffer.copy(target);
  }
  target.set(bytes, position);
  return target;
}

function applyNameOp(tree: Tree, op: NameOp): void {
  if (op.kind === 'mkdir') tree.directories.add(op.path);
  else if (op.kind === 'link') tree.files.set(op.path, op.inode);
  else if (op.kind === 'unlink') tree.files.delete(op.path);
  else {
    const inode = tree.files.get(op.path);
    if (inode === undefined) throw new Error(`rename of ${op.path} survived its creation`);
    tree.files.delete(op.path);
    tree.files.set(op.to, inode);
  }
}

function survivors(ops: readonly NameOp[], profile: CrashProfile, choose: Choose): NameOp[] {
  if (ops.length === 0) return [];
  if (profile.namespace === 'prefix') return ops.slice(0, choose(ops.length + 1));
  const lost = new Set<string>();
  return ops.filter((op) => {
    const names = op.kind === 'rename' ? [op.path, op.to] : [op.path];
    const orphan = lost.has(directoryOf(op.path));
    if (!orphan && !names.some((name) => lost.has(name)) && choose(2) === 1) return true;
    for (const name of names) lost.add(name);
    return false;
  });
}

function sectorsOf(write: Write): Write[] {
  const parts: Write[] = [];
  const end = write.lo + write.bytes.length;
  for (let lo = write.lo; lo < end; ) {
    const hi = Math.min(end, (Math.floor(lo / SECTOR) + 1) * SECTOR);
    parts.push({ lo, bytes: write.bytes.subarray(lo - write.lo, hi - write.lo) });
    lo = hi;
  }
  return parts;
}

/** Each sector holds its durable content, or that after any of the writes to it. */
function mediaAfterLoss(inode: Inode, profile: CrashProfile, choose: Choose): Buffer {
  const { media, cache } = inode;
  const parts = inode.writes.flatMap(sectorsOf);
  const sectors = [...new Set(parts.map((part) => Math.floor(part.lo / SECTOR)))].sort(
    (a, b) => a - b,
  );
  if (sectors.length === 0) return media;
  let result = Buffer.from(media);
  if (cache.length > media.length && profile.grown !== 'never') {
    result = patched(media, new Uint8Array(0), media.length);
    const fill = profile.grown === 'garbage' ? 0xa5 : 0;
    result = Buffer.concat([media, Buffer.alloc(cache.length - media.length, fill)]);
  }
  // Independent choices a sector where that is feasible, else characteristic patterns.
  const pattern = sectors.length <= 4 ? -1 : choose(7);
  for (const [i, sector] of sectors.entries()) {
    const versions = parts.filter((part) => Math.floor(part.lo / SECTOR) === sector);
    let kept: number;
    if (pattern === -1) kept = choose(versions.length + 1);
    else kept = patternKeeps(pattern, i, sectors.length) ? versions.length : 0;
    for (const part of versions.slice(0, kept)) result = patched(result, part.bytes, part.lo);
  }
  return result;
}

function patternKeeps(pattern: number, i: number, count: number): boolean {
  switch (pattern) {
    case 0:
      return false;
    case 1:
      return i === 0;
    case 2:
      return i !== 0;
    case 3:
      return i < count - 1;
    case 4:
      return i < count / 2;
    case 5:
      return i === count - 1;
    default:
      return true;
  }
}

/** Enumerates every sequence of choices: call {@link next} until it is false. */
export class Enumerator {
  private readonly path: { chosen: number; bound: number }[] = [];
  private at = 0;

  readonly choose: Choose = (bound) => {
    const step = this.path[this.at++];
    if (step !== undefined) return step.chosen;
    this.path.push({ chosen: 0, bound });
    return 0;
  };

  /** Moves to the next sequence. */
  next(): boolean {
    this.at = 0;
    for (let last = this.path.at(-1); last !== undefined; last = this.path.at(-1)) {
      if (++last.chosen < last.bound) return true;
      this.path.pop();
    }
    return false;
  }
}
