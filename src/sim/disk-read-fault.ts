// Reads that go wrong once, or for good: the bytes of another sector, or those of an earlier time.
// The media are sound. Not here: damage that every read sees (disk-damage.ts).

import { mix } from '../base/hash.js';
import { choose } from './disk-choice.js';
import type { DamageKind } from './disk-damage.js';
import { addDamage, type ByteAim, type DamageFilter, touches } from './disk-decay.js';
import { SECTOR_BYTES, type SimFile } from './disk-file.js';

export interface ReadFault {
  readonly kind: 'misdirected-read' | 'stale-read';
  readonly pathPrefix: string;
  /** `stale-read`: what files held when the fault was armed; later ones held nothing. */
  readonly before: ReadonlyMap<SimFile, Buffer>;
  /** The stale sector stays stale. */
  readonly sticky: boolean;
  /** Only sectors in which something of this lies. */
  readonly aim: ByteAim | undefined;
}

/** Bytes of `target` that are one read. */
export interface ReadSpan {
  readonly target: Uint8Array;
  readonly targetOffset: number;
  readonly count: number;
  readonly position: number;
}

/**
 * Spoils one sector of a read; returns where, in words, or null if the read has none to spoil. What stays so is damage,
 * and `survives` is asked for it.
 */
export function spoilRead(
  fault: ReadFault,
  file: SimFile,
  span: ReadSpan,
  key: number,
  survives: DamageFilter,
): string | null {
  const first = Math.ceil(span.position / SECTOR_BYTES);
  const end = Math.floor((span.position + span.count) / SECTOR_BYTES);
  const sectors = end - first;
  const aimedAt = fault.aim?.(file.label, file.cache.subarray(0, file.size));
  for (let i = 0, at = choose(key, 0, Math.max(1, sectors)); i < sectors; i++, at++) {
    const lo = (first + (at % sectors)) * SECTOR_BYTES;
    if (aimedAt !== undefined && !touches(aimedAt, lo, lo + SECTOR_BYTES)) continue;
    const bytes =
      fault.kind === 'stale-read' ? staleSector(fault, file, lo) : otherSector(file, lo, key);
    if (bytes === null || sameBytes(file, lo, bytes)) continue;
    if (fault.sticky && !survives(file.label, lo, lo + SECTOR_BYTES)) continue;
    span.target.set(bytes, span.targetOffset + lo - span.position);
    if (fault.sticky) addDamage(file, STALE, lo, lo + SECTOR_BYTES, 0, bytes);
    return `bytes at ${lo}`;
  }
  return null;
}

const STALE: DamageKind = 'stale-read';

/** What the fault saw here when it was armed, if that is confirmed to be out of date. */
function staleSector(fault: ReadFault, file: SimFile, lo: number): Uint8Array | null {
  if (!file.confirms(lo, lo + SECTOR_BYTES)) return null;
  const bytes = new Uint8Array(SECTOR_BYTES);
  const before = fault.before.get(file);
  if (before !== undefined && lo < before.length) bytes.set(before.subarray(lo, lo + SECTOR_BYTES));
  return bytes;
}

function otherSector(file: SimFile, lo: number, key: number): Uint8Array | null {
  const sectors = Math.floor(file.size / SECTOR_BYTES);
  if (sectors < 2) return null;
  const other = choose(mix(key, lo), 1, sectors) * SECTOR_BYTES;
  return Uint8Array.from(file.cache.subarray(other, other + SECTOR_BYTES));
}

function sameBytes(file: SimFile, lo: number, bytes: Uint8Array): boolean {
  return file.cache.subarray(lo, lo + SECTOR_BYTES).equals(bytes);
}
