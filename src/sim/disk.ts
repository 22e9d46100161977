// The simulated disk of one machine: the Disk port over a page cache and media that are kept apart,
// with faults to arm and two ways to die. Not here: inodes (disk-file.ts), names (disk-names.ts), the
// outcome of a power loss (disk-crash.ts). Keeps: what a completed sync covered survives everything but
// an injected fault, and every injected fault that takes effect leaves an excuse.

import { assert } from '../base/assert.js';
import { mix } from '../base/hash.js';
import type { Micros } from '../base/ids.js';
import { asInteger } from '../base/integer.js';
import { type RandomStream, randomStream } from '../base/random.js';
import { type Disk, DiskError, type DiskErrorCode, type Fd, type SyncDone } from '../ports/disk.js';
import type { FailStopReason } from '../ports/process.js';
import { choose, pathKey } from './disk-choice.js';
import { losePower } from './disk-crash.js';
import { type Damage, lostWritesOf, overlayDamage } from './disk-damage.js';
import {
  type ByteAim,
  type DamageFilter,
  type Decay,
  makeUnreadable,
  misdirect,
  rot,
  within,
  zeroUnit,
} from './disk-decay.js';
import { PAGE_BYTES, SimFile } from './disk-file.js';
import { Directory, NameSpace, type Place } from './disk-names.js';
import { type DiskProfile, PROFILE_RULES, type ProfileRules } from './disk-profile.js';
import { type ReadFault, type ReadSpan, spoilRead } from './disk-read-fault.js';

export type { DiskProfile } from './disk-profile.js';

export interface SimDiskOptions {
  readonly profile: DiskProfile;
  /** A sync takes `minUs` and an exponential rest; `meanUs` is the mean of both together. */
  readonly syncLatency: { readonly minUs: Micros; readonly meanUs: Micros };
  readonly capacityBytes: number;
  /** How likely a page that lost power mid-write is torn, in a million. */
  readonly tearPpm: number;
}

/** What the engine gives a disk. */
export interface SimDiskHost {
  nowUs(): Micros;
  /** Calls `run` at `atUs`, unless the machine's current process has died by then. Equal times: in order. */
  complete(atUs: Micros, run: () => void): void;
  /** The process sits in a system call until then. */
  block(untilUs: Micros): void;
  /** A completed sync, a fault that took effect, an outcome of a crash. */
  effect(operation: string, path: string, outcome: string): void;
  /** Folds a write or a namespace operation into the run's hash. Called for every one. */
  effectInts(a: number, b: number, c: number): void;
}

/** Names as in a plan's fault schedule. */
export type DiskFaultName =
  | 'short-write'
  | 'write-error'
  | 'sync-error'
  | 'writeback-error'
  | 'disk-full'
  | 'latent-error'
  | 'bit-rot'
  | 'zeroed'
  | 'misdirected-write'
  | 'misdirected-read'
  | 'stale-read'
  | 'lying-sync'
  | 'file-cut'
  | 'file-lost'
  | 'read-only'
  | 'rollback'
  | 'wipe'
  | 'lost-write';

/** What a lying disk does with the pages it says it has synced. */
export type Lie = 'until-power-loss' | 'drop-now';

/** The durable state of a disk at one moment, to which it can be rolled back. */
export type DiskImage = ReadonlyMap<string, Uint8Array | null>;

/** An injected fault that took effect on an operation. */
export interface Excuse {
  readonly fault: DiskFaultName;
  readonly atUs: Micros;
  readonly path: string;
}

const EXCUSES_OF: Readonly<Record<FailStopReason, readonly DiskFaultName[]>> = {
  'disk-write': ['write-error', 'disk-full', 'short-write', 'read-only', 'file-lost'],
  'disk-sync': ['sync-error', 'writeback-error', 'disk-full', 'read-only'],
  'disk-read': ['latent-error', 'file-lost'],
  corruption: [
    'bit-rot',
    'latent-error',
    'zeroed',
    'misdirected-write',
    'misdirected-read',
    'stale-read',
    'file-cut',
    'file-lost',
    'lost-write',
  ],
  'wrong-data': ['bit-rot', 'lost-write', 'misdirected-write', 'misdirected-read', 'stale-read'],
  'lost-data': ['wipe', 'rollback', 'lying-sync', 'lost-write', 'file-lost', 'file-cut'],
};

export interface SimDiskStats {
  syncs: number;
  writes: number;
  bytes: number;
  faultsFired: number;
}

interface Handle {
  readonly file: SimFile;
  /** The file's error count that this handle was told of; -1: it still has to learn of an unseen error. */
  errorsTold: number;
}

// Salts of the fault choices.
const SALT_SHORT = 1;
const SALT_SYNC = 2;
const SALT_FULL = 3;
const SALT_ROT = 4;
const SALT_LATENT = 5;
const SALT_ZERO = 8;
const SALT_MISDIRECT = 9;
const SALT_READ = 10;
const SALT_LIE = 11;
const SALT_CUT = 12;
const SALT_VANISH = 13;

/** Operations as they enter the run's hash. */
const OPEN = 1;
const TRUNCATE = 2;
const RENAME = 3;
const UNLINK = 4;
const MKDIR = 5;

const FIRST_FD = 3;

/** A sync on its way. Reused after it has completed. */
class SyncCall {
  operation = '';
  ordinal = 0;
  file: SimFile | null = null;
  directory: Directory | null = null;
  handle: Handle | null = null;
  coveredSeq = 0;
  done: SyncDone | null = null;
  /** Position in the list of syncs in flight. */
  slot = 0;
  readonly run: () => void;

  constructor(disk: SimDisk) {
    this.run = () => disk.syncDue(this);
  }
}

/** See the port {@link Disk}. The engine arms faults and calls the machine events; all else is POSIX. */
export class SimDisk implements Disk {
  /** Sees every pwrite just before it changes the file; the view is valid during the call. */
  onWrite: ((path: string, position: number, bytes: Uint8Array) => void) | null = null;
  /** Asked before confirmed bytes are damaged: false keeps them whole. The harness's fault budget. */
  survives: DamageFilter = () => true;
  readonly stats: SimDiskStats = { syncs: 0, writes: 0, bytes: 0, faultsFired: 0 };

  private readonly host: SimDiskHost;
  private readonly options: SimDiskOptions;
  private readonly rules: ProfileRules;
  private readonly latency: RandomStream;
  private readonly latencyMinUs: Micros;
  private readonly latencyTailUs: Micros;
  private crashKey = 0;
  private killKey = 0;
  private faultKey = 0;

  private names: NameSpace;
  private handles: (Handle | null)[] = [];
  /** Descriptors are never used twice; those below belong to dead processes. */
  private firstFd = FIRST_FD;
  private usedBytes = 0;

  private inFlight: SyncCall[] = [];
  private free: SyncCall[] = [];
  /** Syncs that came due during a stall, in order. */
  private frozen: SyncCall[] = [];
  private syncOrdinal = 0;
  private crashOrdinal = 0;
  private killOrdinal = 0;
  private faultOrdinal = 0;
  private incarnation = 0;

  private shortWrites = 0;
  private writeErrors: ('EIO' | 'ENOSPC')[] = [];
  private syncErrors: string[] = [];
  private writebackErrors = 0;
  private full = false;
  private readOnly = false;
  private lie: Lie | null = null;
  private readFaults: ReadFault[] = [];
  /** Files of which the current process has read something that is not there. */
  private readonly misread = new Set<SimFile>();
  private vanished: { readonly path: string; readonly file: SimFile }[] = [];
  private stallUntilUs = 0;
  private throttleUntilUs = 0;
  private throttleFactor = 1;
  /** Something above may concern the next write or namespace operation. */
  private guarded = false;

  private allExcuses: Excuse[] = [];
  /** The excuses of the current process. */
  private freshExcuses: Excuse[] = [];
  /** Faults that concern every process from now on. */
  private standingExcuses: DiskFaultName[] = [];

  /** `name` is the machine's, as in `n1`. */
  constructor(seed: string, name: string, options: SimDiskOptions, host: SimDiskHost) {
    this.host = host;
    this.options = options;
    this.rules = PROFILE_RULES[options.profile];
    this.latency = randomStream(seed, `disk/${name}/sync`);
    const { minUs, meanUs } = options.syncLatency;
    this.latencyMinUs = asInteger(minUs);
    this.latencyTailUs = asInteger(Math.max(0, meanUs - minUs));
    this.drawKeys(seed, name);
    this.names = new NameSpace(this.rules.namespace === 'journaled');
  }

  /** What is left to chance from now on follows from another seed. */
  reseed(seed: string, name: string): void {
    this.latency.restart(seed, `disk/${name}/sync`);
    this.drawKeys(seed, name);
  }

  private drawKeys(seed: string, name: string): void {
    const keys = randomStream(seed, `disk/${name}/keys`);
    this.crashKey = keys.int32();
    this.killKey = keys.int32();
    this.faultKey = keys.int32();
  }

  // ---- the port: files ------------------------------------------------------------------------

  open(path: string, options?: { readonly create?: boolean; readonly exclusive?: boolean }): Fd {
    const place = this.names.find(path, 'open');
    let file = place.node;
    assert(!(file instanceof Directory), 'open is for files', { path });
    if (file === undefined) {
      if (options?.create !== true) throw new DiskError('ENOENT', 'open', path);
      this.beforeNaming('open', path, true);
      file = new SimFile(path);
      this.names.link(place.directory, place.name, file);
      this.host.effectInts(OPEN, file.labelKey, 0);
    } else if (options?.exclusive === true) {
      throw new DiskError('EEXIST', 'open', path);
    }
    file.openCount++;
    this.handles.push({ file, errorsTold: file.errorTold ? file.errorCount : -1 });
    return this.firstFd + this.handles.length - 1;
  }

  close(fd: Fd): void {
    const { file } = this.handle(fd, 'close');
    this.handles[fd - this.firstFd] = null;
    file.openCount--;
    this.release(file);
  }

  pread(
    fd: Fd,
    target: Uint8Array,
    targetOffset: number,
    length: number,
    position: number,
  ): number {
    const { file } = this.handle(fd, 'pread');
    const size = file.cutTo < 0 ? file.size : this.sawCut(file);
    const count = Math.min(length, size - position, target.length - targetOffset);
    if (count <= 0) return 0;
    file.cache.copy(target, targetOffset, position, position + count);
    const { damage } = file;
    if (damage !== null) {
      overlayDamage(damage, target, targetOffset, count, position, file.label, (item) =>
        this.sawDamage(file, item),
      );
    }
    if (this.readFaults.length > 0) {
      this.disturbRead(file, { target, targetOffset, count, position });
    }
    return count;
  }

  pwrite(
    fd: Fd,
    source: Uint8Array,
    sourceOffset: number,
    length: number,
    position: number,
  ): number {
    const { file } = this.handle(fd, 'pwrite');
    let count = length;
    if (this.guarded) count = this.beforeWrite(file, length, position);
    if (count <= 0) return 0;
    const end = position + count;
    if (end > file.size) this.allocate(file, end, 'pwrite');
    const view =
      sourceOffset === 0 && count === source.length
        ? source
        : source.subarray(sourceOffset, sourceOffset + count);
    if (this.onWrite !== null) this.onWrite(file.label, position, view);
    file.write(view, position);
    this.stats.writes++;
    this.stats.bytes += count;
    this.host.effectInts(file.labelKey ^ count, position, file.digest(position, end));
    if (this.writebackErrors > 0) this.failWriteback(file, position);
    return count;
  }

  size(fd: Fd): number {
    const { file } = this.handle(fd, 'size');
    return file.cutTo < 0 ? file.size : this.sawCut(file);
  }

  ftruncate(fd: Fd, size: number): void {
    const { file } = this.handle(fd, 'ftruncate');
    assert(size >= 0, 'a size is not negative', { size });
    if (this.guarded) this.beforeMutation('ftruncate', file.label, size > file.size);
    if (size > file.size) this.allocate(file, size, 'ftruncate');
    else this.usedBytes -= file.size - size;
    file.truncate(size);
    this.host.effectInts(TRUNCATE, file.labelKey, size);
  }

  fdatasync(fd: Fd, done: SyncDone): void {
    this.syncFile('fdatasync', fd, done);
  }

  fsync(fd: Fd, done: SyncDone): void {
    this.syncFile('fsync', fd, done);
  }

  // ---- the port: names --------------------------------------------------------------------------

  rename(from: string, to: string): void {
    const source = this.names.find(from, 'rename');
    if (source.node === undefined) throw new DiskError('ENOENT', 'rename', from);
    const target = this.names.find(to, 'rename');
    this.beforeNaming('rename', from, true);
    if (source.node === target.node) return;
    const replaced = target.node;
    assert(!(replaced instanceof Directory), 'rename replaces files only', { from, to });
    this.names.rename(source, target);
    if (replaced !== undefined) this.unname(replaced);
    this.host.effectInts(RENAME, pathKey(from), pathKey(to));
  }

  unlink(path: string): void {
    const place: Place = this.names.find(path, 'unlink');
    const { node } = place;
    if (node === undefined) throw new DiskError('ENOENT', 'unlink', path);
    assert(!(node instanceof Directory), 'unlink is for files', { path });
    this.beforeNaming('unlink', path, false);
    this.names.unlink(place.directory, place.name);
    this.unname(node);
    this.host.effectInts(UNLINK, node.labelKey, 0);
  }

  mkdir(path: string): void {
    const place = this.names.find(path, 'mkdir');
    if (place.node instanceof Directory) return;
    if (place.node !== undefined) throw new DiskError('EEXIST', 'mkdir', path);
    this.beforeNaming('mkdir', path, true);
    this.names.makeDirectory(place.directory, place.name);
    this.host.effectInts(MKDIR, pathKey(path), 0);
  }

  readdir(path: string): string[] {
    return [...this.names.directory(path, 'readdir').entries.keys()].sort();
  }

  fsyncDir(path: string, done: SyncDone): void {
    const directory = this.names.directory(path, 'fsyncDir');
    const sync = this.takeSync('fsyncDir', done);
    sync.directory = directory;
    sync.coveredSeq = this.names.nextSeq;
    directory.lastSyncAtUs = this.issue(sync, 0, directory.lastSyncAtUs);
  }

  // ---- faults: armed now, they strike at the next operation they fit ------------------------------

  /** The next pwrite of more than one byte writes fewer. */
  armShortWrite(): void {
    this.shortWrites++;
    this.guarded = true;
  }

  /** EIO: the next write or namespace operation fails. ENOSPC: the next one that needs space. */
  armWriteError(code: 'EIO' | 'ENOSPC'): void {
    this.writeErrors.push(code);
    this.guarded = true;
  }

  /** The next sync that has something to write, of a path with this prefix, fails as the profile does. */
  armSyncError(pathPrefix = ''): void {
    this.syncErrors.push(pathPrefix);
  }

  /** Writeback of the next page written fails behind the process's back. */
  armWritebackError(): void {
    this.writebackErrors++;
  }

  /** While on, nothing that needs space succeeds, and half of the syncs of grown files fail. */
  setFull(on: boolean): void {
    this.full = on;
    if (on) this.guarded = true;
  }

  /** Nothing completes before `untilUs`, and a process that writes is stuck until then. */
  stall(untilUs: Micros): void {
    this.stallUntilUs = asInteger(Math.max(this.stallUntilUs, untilUs));
    this.guarded = true;
    this.stats.faultsFired++;
    this.host.effect('stall', '', `until ${untilUs}`);
  }

  isStalled(): boolean {
    return this.host.nowUs() < this.stallUntilUs;
  }

  /** It stalls, is slow or full, or takes no writes, now. */
  isImpaired(): boolean {
    const isSlow = this.host.nowUs() < this.throttleUntilUs;
    return this.full || this.readOnly || this.isStalled() || isSlow;
  }

  /** Syncs issued before `untilUs` take `factor` times as long. */
  throttle(untilUs: Micros, factor: number): void {
    this.throttleUntilUs = asInteger(untilUs);
    this.throttleFactor = asInteger(factor);
    this.stats.faultsFired++;
    this.host.effect('throttle', '', `${factor} times until ${untilUs}`);
  }

  /** One confirmed byte of a file with this prefix reads wrong from now on. False: there is none. */
  rot(pathPrefix: string, aim?: ByteAim): boolean {
    return this.damageSomewhere(pathPrefix, 'bit-rot', SALT_ROT, rot, aim);
  }

  /** A run of confirmed sectors of a file with this prefix is unreadable. False: there is none. */
  latentError(pathPrefix: string, aim?: ByteAim): boolean {
    return this.damageSomewhere(pathPrefix, 'latent-error', SALT_LATENT, makeUnreadable, aim);
  }

  /** A confirmed sector or page reads as zeros. False: there is none. */
  zero(pathPrefix: string, unit: 'sector' | 'page', aim?: ByteAim): boolean {
    return this.damageSomewhere(pathPrefix, 'zeroed', SALT_ZERO, zeroUnit(unit), aim);
  }

  /** An earlier write of one sector turns out to have gone to another place of its file. False: none can. */
  misdirectWrite(pathPrefix: string, aim?: ByteAim): boolean {
    return this.damageSomewhere(pathPrefix, 'misdirected-write', SALT_MISDIRECT, misdirect, aim);
  }

  /** The next read that can is given the bytes of another sector, once. */
  armMisdirectedRead(pathPrefix: string, aim?: ByteAim): void {
    const kind = 'misdirected-read';
    this.readFaults.push({ kind, pathPrefix, before: new Map(), sticky: false, aim });
  }

  /** A later read gets a sector as it is on the media now, once or, if `sticky`, for good. */
  armStaleRead(pathPrefix: string, sticky: boolean, aim?: ByteAim): void {
    const before = new Map<SimFile, Buffer>();
    for (const file of this.names.files()) before.set(file, Buffer.from(file.mediaContent()));
    this.readFaults.push({ kind: 'stale-read', pathPrefix, before, sticky, aim });
  }

  /**
   * While it lies, a sync reports success and half of its pages are not on the media: power loss takes
   * them, or, with `drop-now`, nobody sees any of its effects from then on.
   */
  setLie(lie: Lie | null): void {
    this.lie = lie;
  }

  /** While on, every change fails with EROFS, and so does every sync that has something to write. */
  setReadOnly(on: boolean): void {
    this.readOnly = on;
    if (on) this.guarded = true;
  }

  /** The end of a file with this prefix is gone, as far as any process can see. False: no such file. */
  cutFile(pathPrefix: string): boolean {
    return this.strikeFile(pathPrefix, SALT_CUT, (file, key) => {
      if (file.size < 2 || file.cutTo >= 0) return false;
      file.cutTo = choose(key, 1, file.size);
      this.host.effect('file-cut', file.label, `${file.cutTo} of ${file.size} bytes`);
      return true;
    });
  }

  /** A file with this prefix has no name any more, not even after a power loss. False: no such file. */
  loseFile(pathPrefix: string): boolean {
    return this.strikeFile(pathPrefix, SALT_VANISH, (file) => {
      if (this.names.durableFile(file.label) !== file) return false;
      this.vanished.push({ path: file.label, file });
      this.names.vanish(file.label);
      file.linked = false;
      this.fire('file-lost', file.label, 'has no name any more');
      return true;
    });
  }

  /** What a power loss would leave for sure, free of damage. */
  image(): DiskImage {
    const image = new Map<string, Uint8Array | null>();
    this.names.walk((path, file) => image.set(path, file === null ? null : file.mediaContent()));
    return image;
  }

  /** The machine is off, and comes back with the disk of another time; an empty image is a wiped disk. */
  replaceBy(image: DiskImage, fault: 'rollback' | 'wipe'): void {
    assert(this.handles.length === 0, 'a disk is replaced while its machine is off');
    this.names = new NameSpace(this.rules.namespace === 'journaled');
    this.vanished = [];
    this.usedBytes = 0;
    for (const [path, content] of image) {
      if (content === null) this.names.restoreDirectory(path);
      else {
        const file = new SimFile(path);
        file.write(content, 0);
        file.persist(file.nextSeq, false, true);
        file.confirmAll();
        this.names.restoreFile(path, file);
        this.usedBytes += file.size;
      }
    }
    this.standingExcuses = [...this.standingExcuses, fault];
    this.fire(fault, '', `${image.size} names`);
  }

  /**
   * Ends every fault and takes all damage back. Bytes that never reached the media stay lost, and an
   * error that some handle has not been told of is still told: a kernel does not forget it either.
   * `keepDamage`: what has decayed on the media stays so, for the system to live with.
   */
  clearFaults(keepDamage = false): void {
    this.readOnly = false;
    this.lie = null;
    this.readFaults = [];
    this.shortWrites = 0;
    this.writeErrors = [];
    this.syncErrors = [];
    this.writebackErrors = 0;
    this.full = false;
    this.stallUntilUs = 0;
    this.throttleUntilUs = 0;
    this.guarded = false;
    for (const { path, file } of this.vanished) {
      if (this.names.durableNode(path) !== null) continue;
      this.names.restoreFile(path, file);
      file.linked = true;
    }
    this.vanished = [];
    for (const file of this.everyFile()) {
      file.cutTo = -1;
      if (file.damage !== null && !keepDamage) file.damage = lostWritesOf(file.damage);
    }
    if (this.frozen.length > 0) this.host.complete(this.host.nowUs() + 1, this.thaw);
  }

  // ---- machine events -----------------------------------------------------------------------------

  /** A new process begins: it has seen none of the faults so far. */
  processStarted(): void {
    this.incarnation++;
    this.misread.clear();
    this.freshExcuses = [];
    for (const fault of this.standingExcuses) this.excuse(fault, '');
    for (const { path } of this.vanished) this.excuse('file-lost', path);
  }

  /** The process is gone, the page cache stays. A sync in flight took effect, or not. */
  processDied(): void {
    const key = mix(this.killKey, this.killOrdinal++);
    const calls = [...this.inFlight].sort((a, b) => a.ordinal - b.ordinal);
    for (const { file, directory, operation, ordinal, coveredSeq } of calls) {
      const subject = file !== null ? file.label : directory!.label;
      const happened = choose(mix(key, pathKey(subject)), ordinal, 2) === 1;
      this.host.effect(operation, subject, happened ? 'killed, done' : 'killed, not done');
      if (!happened) continue;
      if (file !== null) file.persist(coveredSeq, operation === 'fdatasync', false);
      else this.names.persist(directory!, coveredSeq);
    }
    this.dropProcess();
    for (const handle of this.takeHandles()) {
      handle.file.openCount--;
      this.release(handle.file);
    }
  }

  /** The machine is off: the process is gone and so is the page cache. */
  powerLost(): void {
    this.dropProcess();
    this.takeHandles();
    const key = mix(this.crashKey, this.crashOrdinal++);
    const outcome = this.names.losePower(key);
    if (outcome !== null) this.host.effect('power-loss', '', outcome);
    this.usedBytes = 0;
    for (const file of this.names.files()) {
      const fate = losePower(file, mix(key, file.labelKey), this.rules, this.options.tearPpm);
      if (fate !== null) this.host.effect('power-loss', file.label, fate);
      this.usedBytes += file.size;
    }
  }

  // ---- questions of the engine and the oracles ------------------------------------------------------

  /** Every injected fault that took effect on an operation, oldest first. */
  excuses(): readonly Excuse[] {
    return this.allExcuses;
  }

  /**
   * Which injected fault explains that the current process stopped itself for this reason; null: none,
   * so it had no cause to. An excuse serves once.
   */
  takeExcuse(reason: FailStopReason): string | null {
    const faults = EXCUSES_OF[reason];
    for (let i = this.freshExcuses.length - 1; i >= 0; i--) {
      const excuse = this.freshExcuses[i]!;
      if (!faults.includes(excuse.fault)) continue;
      this.freshExcuses.splice(i, 1);
      return `${excuse.fault} ${excuse.path} at ${excuse.atUs}`;
    }
    return null;
  }

  /** Whether {@link takeExcuse} would find one; it is left for later. */
  hasExcuse(reason: FailStopReason): boolean {
    return this.freshExcuses.some((excuse) => EXCUSES_OF[reason].includes(excuse.fault));
  }

  /**
   * True iff the bytes [start, end) of the file were covered by a sync that reported success after they
   * were written, and so was its name, in every directory on the way. About 30 ns for a log's older part.
   */
  promisedThrough(path: string, start: number, end: number): boolean {
    const file = this.names.durableFile(path) ?? this.vanishedFile(path);
    return file?.promises(start, end) ?? false;
  }

  /** A file whose name was lost keeps its promises: the name was one of them. */
  private vanishedFile(path: string): SimFile | undefined {
    return this.vanished.find((lost) => lost.path === path)?.file;
  }

  /** What the media holds under this name, free of damage; null: the name is not durable. A copy. */
  readMedia(path: string): Uint8Array | null {
    const node = this.names.durableNode(path);
    return node instanceof SimFile ? node.mediaContent() : null;
  }

  /** The durable names in a directory, sorted by code unit; none if it is not durable itself. */
  listMedia(path: string): string[] {
    const node = this.names.durableNode(path);
    return node instanceof Directory ? [...node.durable.keys()].sort() : [];
  }

  /**
   * True while a sync has reported success for bytes that are not on the media: to lose power now would
   * break a promise that no process could have kept. A disk that was told to lie does just that.
   */
  lieOutstanding(): boolean {
    if (this.standingExcuses.includes('lying-sync')) return false;
    return this.everyFile().some((file) => file.hasLie());
  }

  /** True while power loss would break a promise because the disk was told to lie. */
  willForget(): boolean {
    if (!this.standingExcuses.includes('lying-sync')) return false;
    return this.everyFile().some((file) => file.hasLie());
  }

  // ---- syncs ------------------------------------------------------------------------------------------

  /** Called by the host when a sync is due. Not for others. */
  syncDue(sync: SyncCall): void {
    if (this.frozen.length > 0 || this.stallUntilUs !== 0) {
      // Later syncs of the same file must not overtake frozen ones.
      const stalled = this.host.nowUs() < this.stallUntilUs;
      if (stalled && this.frozen.length === 0) this.host.complete(this.stallUntilUs, this.thaw);
      if (stalled || this.frozen.length > 0) {
        this.frozen.push(sync);
        return;
      }
    }
    this.finish(sync);
  }

  private readonly thaw = (): void => {
    if (this.frozen.length === 0) return;
    if (this.host.nowUs() < this.stallUntilUs) {
      this.host.complete(this.stallUntilUs, this.thaw);
      return;
    }
    const due = this.frozen;
    this.frozen = [];
    for (const sync of due) this.finish(sync);
  };

  private syncFile(operation: string, fd: Fd, done: SyncDone): void {
    const handle = this.handle(fd, operation);
    const { file } = handle;
    const sync = this.takeSync(operation, done);
    sync.file = file;
    sync.handle = handle;
    sync.coveredSeq = file.nextSeq;
    file.lastSyncAtUs = this.issue(sync, file.pendingBytes(), file.lastSyncAtUs);
  }

  private takeSync(operation: string, done: SyncDone): SyncCall {
    const sync = this.free.pop() ?? new SyncCall(this);
    sync.operation = operation;
    sync.done = done;
    sync.ordinal = this.syncOrdinal++;
    return sync;
  }

  /** Schedules the completion, after that of the target's previous sync. */
  private issue(sync: SyncCall, bytes: number, previousAtUs: Micros): Micros {
    // About 4 GB/s on top of the fixed cost of a flush.
    const drawn = this.latencyMinUs + this.latency.exponential(this.latencyTailUs);
    let latencyUs = Math.max(1, drawn + (bytes >>> 12));
    let fromUs = this.host.nowUs();
    if (this.throttleUntilUs > fromUs) latencyUs *= this.throttleFactor;
    if (this.stallUntilUs > fromUs) fromUs = this.stallUntilUs;
    let atUs = fromUs + latencyUs;
    if (atUs <= previousAtUs) atUs = previousAtUs + 1;
    sync.slot = this.inFlight.length;
    this.inFlight.push(sync);
    this.host.complete(atUs, sync.run);
    return atUs;
  }

  private finish(sync: SyncCall): void {
    const { file, directory, operation } = sync;
    const done = sync.done!;
    const last = this.inFlight.pop()!;
    if (last !== sync) {
      this.inFlight[sync.slot] = last;
      last.slot = sync.slot;
    }
    const error =
      file !== null ? this.finishFile(file, sync) : this.finishDirectory(directory!, sync);
    sync.file = null;
    sync.directory = null;
    sync.handle = null;
    sync.done = null;
    this.free.push(sync);
    this.stats.syncs++;
    const subject = file !== null ? file.label : directory!.label;
    this.host.effect(operation, subject, error === null ? 'ok' : error.code);
    done(error);
  }

  private finishFile(file: SimFile, sync: SyncCall): DiskError | null {
    const handle = sync.handle!;
    if (file.errorCount !== handle.errorsTold || this.syncErrors.length > 0 || this.full) {
      return this.finishTroubled(file, handle, sync);
    }
    if (this.readOnly && file.hasPendingBefore(sync.coveredSeq)) {
      this.fire('read-only', file.label, `${sync.operation} fails with EROFS`);
      return new DiskError('EROFS', sync.operation, file.label);
    }
    if (this.lie !== null && file.hasPendingBefore(sync.coveredSeq))
      return this.tellLie(file, sync);
    if (file.delayedError) return this.finishTroubled(file, handle, sync);
    file.persist(sync.coveredSeq, sync.operation === 'fdatasync', true);
    return null;
  }

  private tellLie(file: SimFile, sync: SyncCall): null {
    if (this.lie === 'drop-now') {
      this.resized(file, () => file.revert(sync.coveredSeq));
      this.fire('lying-sync', file.label, 'success, and nothing was written');
    } else {
      const key = mix(mix(this.faultKey, SALT_LIE), mix(file.labelKey, sync.ordinal));
      const { written, lost } = file.persistSome(sync.coveredSeq, true, key);
      this.fire(
        'lying-sync',
        file.label,
        `success, and ${lost} of ${written + lost} pages are lost`,
      );
    }
    this.standingExcuses = [...new Set([...this.standingExcuses, 'lying-sync' as const])];
    return null;
  }

  private finishTroubled(file: SimFile, handle: Handle, sync: SyncCall): DiskError | null {
    const { operation, coveredSeq } = sync;
    if (file.delayedError) {
      file.delayedError = false;
      file.raiseError();
      return this.tellError(file, handle, operation, 'EIO', 'sync-error');
    }
    const failure = this.syncFailure(file, coveredSeq);
    if (failure !== null) {
      const key = mix(mix(this.faultKey, SALT_SYNC), mix(file.labelKey, sync.ordinal));
      // An error this handle has still to hear of is not put off by a second one.
      const owed = file.errorCount !== handle.errorsTold;
      if (failure === 'EIO' && this.rules.syncError === 'delayed' && !owed) {
        const { written, lost } = file.persistSome(coveredSeq, true, key);
        file.delayedError = true;
        this.fire('sync-error', file.label, `${lost} of ${written + lost} pages lost in silence`);
        return null;
      }
      if (this.rules.syncError === 'revert') {
        this.resized(file, () => file.revert(coveredSeq));
      } else {
        file.persistSome(coveredSeq, false, key);
      }
      file.raiseError();
      const fault = failure === 'EIO' ? 'sync-error' : 'disk-full';
      return this.tellError(file, handle, operation, failure, fault);
    }
    if (file.errorCount !== handle.errorsTold) {
      // All pages are written; the error is an older one that this handle has not heard of.
      file.condemn(coveredSeq);
      file.persist(coveredSeq, operation === 'fdatasync', false);
      return this.tellError(file, handle, operation, 'EIO', 'writeback-error');
    }
    file.persist(coveredSeq, operation === 'fdatasync', true);
    return null;
  }

  /** Whether this sync, which has something to write, fails now. */
  private syncFailure(file: SimFile, coveredSeq: number): 'EIO' | 'ENOSPC' | null {
    if (!file.hasPendingBefore(coveredSeq)) return null;
    if (this.takeSyncError(file.label)) return 'EIO';
    if (!this.full || file.size <= file.mediaSize) return null;
    // Delayed allocation: the space that a write took for granted is looked for only now.
    const key = mix(mix(this.faultKey, SALT_FULL), file.labelKey);
    return choose(key, this.faultOrdinal++, 2) === 0 ? 'ENOSPC' : null;
  }

  private takeSyncError(label: string): boolean {
    const at = this.syncErrors.findIndex((prefix) => label.startsWith(prefix));
    if (at < 0) return false;
    this.syncErrors.splice(at, 1);
    return true;
  }

  private tellError(
    file: SimFile,
    handle: Handle,
    operation: string,
    code: DiskErrorCode,
    fault: DiskFaultName,
  ): DiskError {
    handle.errorsTold = file.errorCount;
    file.errorTold = true;
    this.fire(fault, file.label, `${operation} fails with ${code}`);
    return new DiskError(code, operation, file.label);
  }

  private finishDirectory(directory: Directory, sync: SyncCall): DiskError | null {
    const { label } = directory;
    if (
      this.syncErrors.length > 0 &&
      this.names.hasPendingBefore(directory, sync.coveredSeq) &&
      this.takeSyncError(label)
    ) {
      this.fire('sync-error', label, 'fsyncDir fails with EIO');
      return new DiskError('EIO', 'fsyncDir', label);
    }
    this.names.persist(directory, sync.coveredSeq);
    return null;
  }

  // ---- faults on the way of writes ----------------------------------------------------------------

  /** How many bytes this write may write. Throws the armed error. */
  private beforeWrite(file: SimFile, length: number, position: number): number {
    const copyOnWrite = this.options.profile === 'btrfs';
    this.beforeMutation('pwrite', file.label, copyOnWrite || position + length > file.size);
    if (this.shortWrites === 0 || length < 2) return length;
    this.shortWrites--;
    const key = mix(mix(this.faultKey, SALT_SHORT), file.labelKey);
    const count = 1 + choose(key, this.faultOrdinal++, length - 1);
    this.fire('short-write', file.label, `${count} of ${length} bytes`);
    return count;
  }

  private beforeNaming(operation: string, path: string, allocates: boolean): void {
    if (this.guarded) this.beforeMutation(operation, path, allocates);
    if (allocates && this.usedBytes >= this.options.capacityBytes) this.refuse(operation, path);
  }

  private beforeMutation(operation: string, path: string, allocates: boolean): void {
    if (this.host.nowUs() < this.stallUntilUs) {
      this.host.effect(operation, path, `stalled until ${this.stallUntilUs}`);
      this.host.block(this.stallUntilUs);
    }
    const at = this.writeErrors.findIndex((code) => code === 'EIO' || allocates);
    if (at >= 0) {
      const code = this.writeErrors.splice(at, 1)[0]!;
      this.fire('write-error', path, `${operation} fails with ${code}`);
      throw new DiskError(code, operation, path);
    }
    if (this.readOnly) {
      this.fire('read-only', path, `${operation} fails with EROFS`);
      throw new DiskError('EROFS', operation, path);
    }
    if (this.full && allocates) this.refuse(operation, path);
    this.guarded =
      this.full ||
      this.shortWrites > 0 ||
      this.writeErrors.length > 0 ||
      this.host.nowUs() < this.stallUntilUs;
  }

  private refuse(operation: string, path: string): never {
    this.fire('disk-full', path, `${operation} fails with ENOSPC`);
    throw new DiskError('ENOSPC', operation, path);
  }

  /** Takes the space that `file` needs to become `size` bytes long. */
  private allocate(file: SimFile, size: number, operation: string): void {
    const used = this.usedBytes + size - file.size;
    if (used > this.options.capacityBytes) this.refuse(operation, file.label);
    this.usedBytes = used;
  }

  private failWriteback(file: SimFile, position: number): void {
    this.writebackErrors--;
    const page = Math.floor(position / PAGE_BYTES);
    this.resized(file, () => file.losePage(page, this.rules.syncError === 'revert'));
    file.raiseError();
    this.fire('writeback-error', file.label, `page ${page} lost`);
  }

  private fire(fault: DiskFaultName, path: string, outcome: string): void {
    this.excuse(fault, path);
    this.stats.faultsFired++;
    this.host.effect(fault, path, outcome);
  }

  private excuse(fault: DiskFaultName, path: string): void {
    const excuse: Excuse = { fault, atUs: this.host.nowUs(), path };
    this.allExcuses.push(excuse);
    this.freshExcuses.push(excuse);
  }

  // ---- damage -------------------------------------------------------------------------------------

  private damageSomewhere(
    pathPrefix: string,
    fault: DiskFaultName,
    salt: number,
    decay: Decay,
    aim?: ByteAim,
  ): boolean {
    return this.strikeFile(pathPrefix, salt, (file, key) => {
      const ranges = aim === undefined ? null : aim(file.label, file.cache.subarray(0, file.size));
      const survives = ranges === null ? this.survives : within(ranges, this.survives);
      const proven = ranges === null ? [] : ranges.filter(({ isProven }) => isProven === true);
      const where = decay(file, key, { survives, proven });
      if (where !== null) this.host.effect(fault, file.label, where);
      return where !== null;
    });
  }

  /** The first file, from a chosen one on, that `strike` can hit. */
  private strikeFile(
    pathPrefix: string,
    salt: number,
    strike: (file: SimFile, key: number) => boolean,
  ): boolean {
    const key = mix(mix(this.faultKey, salt), this.faultOrdinal++);
    const files = this.names.files().filter((file) => file.label.startsWith(pathPrefix));
    if (files.length === 0) return false;
    const first = choose(key, 0, files.length);
    for (let i = 0; i < files.length; i++) {
      const file = files[(first + i) % files.length]!;
      if (!strike(file, mix(key, file.labelKey))) continue;
      this.stats.faultsFired++;
      return true;
    }
    return false;
  }

  /**
   * A process is misled once about a file: who reads twice to be sure must not be told the same lie twice. What stays
   * stale is damage, and no matter of this.
   */
  private disturbRead(file: SimFile, span: ReadSpan): void {
    for (let i = 0; i < this.readFaults.length; i++) {
      const fault = this.readFaults[i]!;
      if (!file.label.startsWith(fault.pathPrefix)) continue;
      if (!fault.sticky && this.misread.has(file)) continue;
      const key = mix(mix(this.faultKey, SALT_READ), this.faultOrdinal);
      const where = spoilRead(fault, file, span, key, this.survives);
      if (where === null) continue;
      this.faultOrdinal++;
      this.readFaults.splice(i, 1);
      if (!fault.sticky) this.misread.add(file);
      this.fire(fault.kind, file.label, where);
      return;
    }
  }

  private sawCut(file: SimFile): number {
    this.excuse('file-cut', file.label);
    return file.cutTo;
  }

  private sawDamage(file: SimFile, item: Damage): void {
    if (item.seenBy === this.incarnation) return;
    item.seenBy = this.incarnation;
    this.fire(item.kind, file.label, `read bytes ${item.lo} to ${item.hi}`);
  }

  // ---- bookkeeping --------------------------------------------------------------------------------

  private handle(fd: Fd, operation: string): Handle {
    const handle = this.handles[fd - this.firstFd];
    if (handle === undefined || handle === null) return this.badHandle(fd, operation);
    return handle;
  }

  private badHandle(fd: Fd, operation: string): never {
    assert(fd >= this.firstFd, 'the file was opened by a process that is dead', { fd, operation });
    throw new DiskError('EBADF', operation, `descriptor ${fd}`);
  }

  private unname(file: SimFile): void {
    file.linked = false;
    this.release(file);
  }

  /** Frees the space of a file that has neither name nor handle. */
  private release(file: SimFile): void {
    if (!file.linked && file.openCount === 0) this.usedBytes -= file.size;
  }

  private resized(file: SimFile, change: () => void): void {
    const before = file.size;
    change();
    this.usedBytes += file.size - before;
  }

  private dropProcess(): void {
    this.inFlight = [];
    this.frozen = [];
    this.free = [];
  }

  private takeHandles(): Handle[] {
    const live = this.handles.filter((handle) => handle !== null);
    this.firstFd += this.handles.length;
    this.handles = [];
    return live;
  }

  /** Files with a name, and files that are only open. */
  private everyFile(): SimFile[] {
    const files = new Set(this.names.files());
    for (const handle of this.handles) if (handle !== null) files.add(handle.file);
    return [...files];
  }
}
