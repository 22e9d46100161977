// How media decay by themselves: which bytes of a file an injected damage takes, and what is read there.
// Not here: when it strikes, and the reads that see it (disk.ts, disk-damage.ts). Keeps: only bytes are
// taken that a later synced write has confirmed, or that the aim knows to be proven, so that no damage can pass for a
// write cut short.

import { mix } from '../base/hash.js';
import { choose } from './disk-choice.js';
import { type DamageKind, healRange } from './disk-damage.js';
import { PAGE_BYTES, SECTOR_BYTES, type SimFile } from './disk-file.js';

/** Says which bytes of a file may be damaged at all; see {@link SimDisk.survives}. */
export type DamageFilter = (path: string, lo: number, hi: number) => boolean;

/** Bytes [lo, hi) of a file. */
export interface ByteRange {
  readonly lo: number;
  readonly hi: number;
  /** Bytes elsewhere on the media show that these were durable, though no later sync has said so. */
  readonly isProven?: boolean;
}

/** Finds in a file's bytes the places that a fault is aimed at; see {@link within}. */
export type ByteAim = (path: string, bytes: Uint8Array) => readonly ByteRange[];

/** The filter that lets nothing pass but what touches one of these ranges. */
export function within(ranges: readonly ByteRange[], survives: DamageFilter): DamageFilter {
  return (path, lo, hi) => touches(ranges, lo, hi) && survives(path, lo, hi);
}

export function touches(ranges: readonly ByteRange[], lo: number, hi: number): boolean {
  return ranges.some((range) => range.lo < hi && range.hi > lo);
}

/** Damages the file somewhere; returns where, in words, or null if nothing in it may be damaged. */
export type Decay = (file: SimFile, key: number, may: MayDamage) => string | null;

/** What of a file may be damaged. */
export interface MayDamage {
  readonly survives: DamageFilter;
  readonly proven: readonly ByteRange[];
}

const LATENT_RUN_SECTORS = 8;
const SALT_LATENT = 5;
const SALT_ELSEWHERE = 7;

/** One byte reads wrong. */
export const rot: Decay = (file, key, may) => {
  const position = confirmedPosition(file, key, 1, may);
  if (position < 0) return null;
  const mask = 1 + choose(mix(key, file.digest(position, position + 1)), position, 255);
  addDamage(file, 'bit-rot', position, position + 1, mask, null);
  return `byte ${position}`;
};

/** A run of sectors cannot be read: each bad one has a bad neighbour with probability one half (FAST'08). */
export const makeUnreadable: Decay = (file, key, may) => {
  const first = confirmedPosition(file, key, SECTOR_BYTES, may);
  if (first < 0) return null;
  let end = first;
  for (let i = 0; i < LATENT_RUN_SECTORS; i++) {
    const hi = Math.min(end + SECTOR_BYTES, file.size);
    if (hi <= end || !damageable(file, end, hi, may)) break;
    addDamage(file, 'latent-error', end, hi, 0, null);
    end = hi;
    if (choose(mix(key, i), SALT_LATENT, 2) === 0) break;
  }
  return `bytes ${first} to ${end}`;
};

/** A sector, or a page, reads as zeros. */
export function zeroUnit(unit: 'sector' | 'page'): Decay {
  const unitBytes = unit === 'page' ? PAGE_BYTES : SECTOR_BYTES;
  return (file, key, may) => {
    const lo = confirmedPosition(file, key, unitBytes, may);
    if (lo < 0) return null;
    const hi = Math.min(lo + unitBytes, file.size);
    addDamage(file, 'zeroed', lo, hi, 0, null);
    return `bytes ${lo} to ${hi}`;
  };
}

/** One sector was written in the place of another: the one kept the zeros it had, the other is lost. */
export const misdirect: Decay = (file, key, may) => {
  const from = confirmedPosition(file, key, SECTOR_BYTES, may);
  if (from < 0 || from + SECTOR_BYTES > file.size) return null;
  const meant = Buffer.from(file.cache.subarray(from, from + SECTOR_BYTES));
  addDamage(file, 'misdirected-write', from, from + SECTOR_BYTES, 0, null);
  const to = confirmedPosition(file, mix(key, SALT_ELSEWHERE), SECTOR_BYTES, may);
  if (to >= 0) {
    const hi = Math.min(to + SECTOR_BYTES, file.size);
    addDamage(file, 'misdirected-write', to, hi, 0, meant);
  }
  return to < 0 ? `bytes at ${from} are lost` : `bytes at ${from} went to ${to}`;
};

export function addDamage(
  file: SimFile,
  kind: DamageKind,
  lo: number,
  hi: number,
  mask: number,
  bytes: Uint8Array | null,
): void {
  const others = file.damage === null ? null : healRange(file.damage, lo, lo);
  file.damage = [...(others ?? []), { kind, lo, hi, mask, bytes, seenBy: -1 }];
}

/** Whether [lo, hi) may be damaged: confirmed or proven, and not damaged already. */
function damageable(
  file: SimFile,
  lo: number,
  hi: number,
  { survives, proven }: MayDamage,
): boolean {
  if (!file.confirms(lo, hi)) {
    if (!file.promises(lo, hi)) return false;
    if (!proven.some((range) => range.lo <= lo && range.hi >= hi)) return false;
  }
  if (file.damage?.some((item) => item.lo < hi && item.hi > lo)) return false;
  return survives(file.label, lo, hi);
}

/** The start of a damageable unit of `unitBytes`, in the part of the file that is not all zeros; -1: none found. */
function confirmedPosition(file: SimFile, key: number, unitBytes: number, may: MayDamage): number {
  let end = file.size;
  while (end > 0 && file.cache[end - 1] === 0) end--;
  const units = Math.ceil(end / unitBytes);
  if (units === 0) return -1;
  // Random probes first, then the next one that will do.
  const first = choose(key, 0, units);
  for (let i = 0; i < units; i++) {
    const lo = ((first + i) % units) * unitBytes;
    if (damageable(file, lo, Math.min(lo + unitBytes, file.size), may)) return lo;
  }
  return -1;
}
