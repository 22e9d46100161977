// Damage to a file's media, as overlays: the bytes underneath stay pristine, a read sees the damage,
// an overwrite or the end of all faults takes it away.

import { DiskError } from '../ports/disk.js';

/**
 * `bit-rot`: one byte reads wrong. `latent-error`: a sector cannot be read. `zeroed`: a sector or a page
 * reads as zeros. `misdirected-write`: a sector holds what was meant for another one, which kept what it
 * had before. `stale-read`: a sector reads as it was earlier. `lost-write`: no overlay but a mark: a
 * failed sync and a power loss have left older bytes here than the writer believes.
 */
export type DamageKind =
  | 'bit-rot'
  | 'latent-error'
  | 'zeroed'
  | 'misdirected-write'
  | 'stale-read'
  | 'lost-write';

export interface Damage {
  readonly kind: DamageKind;
  /** The damaged bytes are [lo, hi). */
  readonly lo: number;
  readonly hi: number;
  /** What a rotten byte is XORed with; 0 for the other kinds. */
  readonly mask: number;
  /** What is read instead of [lo, hi); null: zeros, for the kinds that replace bytes. */
  readonly bytes: Uint8Array | null;
  /** The incarnation that was last seen reading it: one excuse each is enough. */
  seenBy: number;
}

/** What is left after [lo, hi) was overwritten; null when nothing is. Overwriting any byte of a bad sector makes the drive remap it. */
export function healRange(damage: readonly Damage[], lo: number, hi: number): Damage[] | null {
  const left: Damage[] = [];
  for (const item of damage) {
    if (item.hi <= lo || item.lo >= hi) {
      left.push(item);
    } else if (item.kind === 'lost-write') {
      if (item.lo < lo) left.push({ ...item, hi: lo });
      if (item.hi > hi) left.push({ ...item, lo: hi });
    }
  }
  return left.length === 0 ? null : left;
}

/** What no overlay can heal, because the bytes are gone: the lost writes. */
export function lostWritesOf(damage: readonly Damage[]): Damage[] | null {
  const left = damage.filter((item) => item.kind === 'lost-write');
  return left.length === 0 ? null : left;
}

/**
 * Lets a read of `count` bytes at `position` see the damage; the bytes are already in `target`.
 * `seen` is called for every damage the read touches. Throws EIO on a latent sector error.
 */
export function overlayDamage(
  damage: readonly Damage[],
  target: Uint8Array,
  targetOffset: number,
  count: number,
  position: number,
  path: string,
  seen: (item: Damage) => void,
): void {
  let unreadable = false;
  for (const item of damage) {
    if (item.hi <= position || item.lo >= position + count) continue;
    seen(item);
    if (item.kind === 'latent-error') unreadable = true;
    else if (item.kind === 'bit-rot') {
      const at = targetOffset + item.lo - position;
      target[at] = target[at]! ^ item.mask;
    } else if (item.kind !== 'lost-write') {
      const lo = Math.max(item.lo, position);
      const hi = Math.min(item.hi, position + count);
      const at = targetOffset + lo - position;
      if (item.bytes === null) target.fill(0, at, at + hi - lo);
      else target.set(item.bytes.subarray(lo - item.lo, hi - item.lo), at);
    }
  }
  if (unreadable) throw new DiskError('EIO', 'pread', path);
}
