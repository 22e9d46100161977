// The next segment, prepared while the current one fills: a temporary file of synced zeros.
// Overwriting allocated zeros needs no journal commit at each flush, which saves a third of its time.
// Keeps: a spare never has a segment's name, so a crash leaves nothing that recovery must believe.

import type { Disk, Fd } from '../../ports/disk.js';
import { expectSynced, mustWrite, writeFully } from './disk-io.js';
import { hex16, WAL_DIRECTORY } from './segment.js';

const ZEROS = new Uint8Array(65536);

/** Fills itself in steps, then syncs, then is ready. */
export class SpareSegment {
  readonly path: string;
  readonly fd: Fd;
  private readonly disk: Disk;
  private readonly segmentBytes: number;
  private filledBytes = 0;
  private synced = false;
  private waiting: (() => void) | null = null;

  constructor(disk: Disk, sequence: number, segmentBytes: number) {
    this.disk = disk;
    this.segmentBytes = segmentBytes;
    this.path = `${WAL_DIRECTORY}/${hex16(sequence)}.tmp`;
    this.fd = mustWrite(`create ${this.path}`, () =>
      disk.open(this.path, { create: true, exclusive: true }),
    );
  }

  /** Writes about `byteCount` more zeros; starts the sync when all are written. */
  fill(byteCount: number): void {
    if (this.filledBytes === this.segmentBytes) return;
    const end = Math.min(this.segmentBytes, this.filledBytes + byteCount);
    writeZeros(this.disk, this.fd, this.filledBytes, end);
    this.filledBytes = end;
    if (end === this.segmentBytes) this.disk.fsync(this.fd, this.onSynced);
  }

  /** Writes what is missing and calls `then` once it is synced: at once if it is already. */
  finish(then: () => void): void {
    this.fill(this.segmentBytes);
    if (this.synced) then();
    else this.waiting = then;
  }

  private readonly onSynced: Parameters<Disk['fsync']>[1] = (error) => {
    expectSynced(error, this.path);
    this.synced = true;
    const { waiting } = this;
    this.waiting = null;
    if (waiting !== null) waiting();
  };
}

/** Overwrites `[start, end)` of a file with zeros. */
export function writeZeros(disk: Disk, fd: Fd, start: number, end: number): void {
  for (let at = start; at < end; at += ZEROS.length) {
    writeFully(disk, fd, ZEROS, 0, Math.min(ZEROS.length, end - at), at);
  }
}
