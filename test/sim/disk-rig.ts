// A disk on a bench: a virtual clock, the queue of its completions, and shorthands for short tests.

import { RunningHash } from '../../src/base/hash.js';
import type { DiskError, Fd } from '../../src/ports/disk.js';
import { type DiskProfile, SimDisk, type SimDiskHost } from '../../src/sim/disk.js';

interface Due {
  readonly atUs: number;
  readonly order: number;
  readonly run: () => void;
}

export type SyncResult = { error: DiskError | null | undefined };

export class DiskRig implements SimDiskHost {
  readonly disk: SimDisk;
  readonly effects: string[] = [];
  readonly hash = new RunningHash();
  timeUs = 1000;
  blockedUntilUs = 0;
  private due: Due[] = [];
  private order = 0;

  constructor(
    seed: string,
    profile: DiskProfile,
    options: {
      readonly tearPpm?: number;
      readonly capacityBytes?: number;
      readonly syncUs?: number;
    } = {},
  ) {
    const syncUs = options.syncUs ?? 100;
    this.disk = new SimDisk(
      seed,
      'n1',
      {
        profile,
        syncLatency: { minUs: syncUs, meanUs: syncUs * 2 },
        capacityBytes: options.capacityBytes ?? 1 << 28,
        tearPpm: options.tearPpm ?? 0,
      },
      this,
    );
    this.disk.processStarted();
  }

  nowUs(): number {
    return this.timeUs;
  }

  complete(atUs: number, run: () => void): void {
    if (atUs < this.timeUs) throw new Error('completion in the past');
    this.due.push({ atUs, order: this.order++, run });
  }

  block(untilUs: number): void {
    this.blockedUntilUs = untilUs;
  }

  effect(operation: string, path: string, outcome: string): void {
    const line = `${this.timeUs} ${operation} ${path} ${outcome}`;
    this.effects.push(line);
    this.hash.text(line);
  }

  effectInts(a: number, b: number, c: number): void {
    this.hash.int(a);
    this.hash.int(b);
    this.hash.int(c);
  }

  /** Runs the next completion. */
  step(): boolean {
    this.due.sort((x, y) => x.atUs - y.atUs || x.order - y.order);
    const next = this.due.shift();
    if (next === undefined) return false;
    this.timeUs = Math.max(this.timeUs, next.atUs);
    next.run();
    return true;
  }

  /** Runs completions up to `untilUs`, all of them by default. */
  run(untilUs = Number.POSITIVE_INFINITY): void {
    for (;;) {
      this.due.sort((x, y) => x.atUs - y.atUs || x.order - y.order);
      const next = this.due[0];
      if (next === undefined || next.atUs > untilUs) break;
      this.step();
    }
    if (untilUs !== Number.POSITIVE_INFINITY) this.timeUs = Math.max(this.timeUs, untilUs);
  }

  /** SIGKILL, then a new process. */
  kill(): void {
    this.due = [];
    this.disk.processDied();
    this.disk.processStarted();
  }

  powerLoss(): void {
    this.due = [];
    this.disk.powerLost();
    this.disk.processStarted();
  }

  create(path: string): Fd {
    return this.disk.open(path, { create: true });
  }

  write(fd: Fd, text: string | Uint8Array, position: number): number {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    return this.disk.pwrite(fd, bytes, 0, bytes.length, position);
  }

  read(fd: Fd): Buffer {
    const bytes = Buffer.alloc(this.disk.size(fd));
    const count = this.disk.pread(fd, bytes, 0, bytes.length, 0);
    return bytes.subarray(0, count);
  }

  /** Content by name; null if there is no such file. */
  content(path: string): Buffer | null {
    let fd: Fd;
    try {
      fd = this.disk.open(path);
    } catch {
      return null;
    }
    const bytes = this.read(fd);
    this.disk.close(fd);
    return bytes;
  }

  /** Issues a sync and does not wait. */
  fsync(fd: Fd): SyncResult {
    const result: SyncResult = { error: undefined };
    this.disk.fsync(fd, (error) => {
      result.error = error;
    });
    return result;
  }

  fdatasync(fd: Fd): SyncResult {
    const result: SyncResult = { error: undefined };
    this.disk.fdatasync(fd, (error) => {
      result.error = error;
    });
    return result;
  }

  fsyncDir(path = ''): SyncResult {
    const result: SyncResult = { error: undefined };
    this.disk.fsyncDir(path, (error) => {
      result.error = error;
    });
    return result;
  }

  /** Issues a sync and lets everything complete. Gives the error code or null. */
  synced(fd: Fd): string | null {
    const result = this.fsync(fd);
    this.run();
    if (result.error === undefined) throw new Error('the sync never completed');
    return result.error === null ? null : result.error.code;
  }

  /** A file with this content, durable under its name. */
  durable(path: string, content: string | Uint8Array): Fd {
    const fd = this.create(path);
    this.write(fd, content, 0);
    this.fsync(fd);
    const slash = path.lastIndexOf('/');
    this.fsyncDir(slash < 0 ? '' : path.slice(0, slash));
    this.run();
    return fd;
  }
}

/** The outcomes of `scenario` over many seeds, as a set. */
export function outcomes(
  profile: DiskProfile,
  scenario: (rig: DiskRig) => string,
  options: { readonly tearPpm?: number; readonly seeds?: number } = {},
): Set<string> {
  const seen = new Set<string>();
  for (let seed = 1; seed <= (options.seeds ?? 200); seed++) {
    seen.add(scenario(new DiskRig(String(seed), profile, { tearPpm: options.tearPpm ?? 0 })));
  }
  return seen;
}
