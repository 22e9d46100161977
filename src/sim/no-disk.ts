// The disk of a machine that has none: every use is a bug of the process, and says so.

import { AssertionFailure } from '../base/assert.js';
import type { Disk, Fd } from '../ports/disk.js';

/** Throws on every call. */
export class NoDisk implements Disk {
  private readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  open(): Fd {
    return this.refuse('open');
  }
  close(): void {
    this.refuse('close');
  }
  pread(): number {
    return this.refuse('pread');
  }
  pwrite(): number {
    return this.refuse('pwrite');
  }
  size(): number {
    return this.refuse('size');
  }
  ftruncate(): void {
    this.refuse('ftruncate');
  }
  fdatasync(): void {
    this.refuse('fdatasync');
  }
  fsync(): void {
    this.refuse('fsync');
  }
  rename(): void {
    this.refuse('rename');
  }
  unlink(): void {
    this.refuse('unlink');
  }
  mkdir(): void {
    this.refuse('mkdir');
  }
  readdir(): string[] {
    return this.refuse('readdir');
  }
  fsyncDir(): void {
    this.refuse('fsyncDir');
  }

  private refuse(operation: string): never {
    throw new AssertionFailure(`${this.name} has no disk, but its process called ${operation}`);
  }
}
