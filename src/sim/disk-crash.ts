// What a power loss leaves of one file: for every page one of its versions since the last sync, torn
// between two of them at sector boundaries, and one of the sizes. Keeps: what a completed sync covered
// survives; every choice depends on the page's identity alone.

import { mix } from '../base/hash.js';
import { choose, chooseChance } from './disk-choice.js';
import type { Damage } from './disk-damage.js';
import { PAGE_BYTES, type PendingOp, SECTOR_BYTES, type SimFile } from './disk-file.js';
import type { ProfileRules } from './disk-profile.js';

const SECTORS_PER_PAGE = PAGE_BYTES / SECTOR_BYTES;

// Salts: which question about a key is being answered.
const SALT_MODE = -1;
const SALT_SIZE = -2;
const SALT_VERSION = -3;
const SALT_TEAR = -4;
const SALT_OTHER_VERSION = -5;
const SALT_GARBAGE = -6;

/** In one file of eight everything un-synced survives, and in one of eight nothing, as far as the profile allows. */
const MODES = 8;

/**
 * Decides the fate of everything un-synced in `file` and restarts it from the media.
 *
 * @param key names this power loss and this file
 * @returns one line for the trace; null if nothing was at stake
 */
export function losePower(
  file: SimFile,
  key: number,
  rules: ProfileRules,
  tearPpm: number,
): string | null {
  markLostWrites(file);
  file.settle();
  const ops = file.pendingOps();
  if (ops.length === 0) {
    file.reboot(file.mediaSize);
    return null;
  }

  const durableSize = file.mediaSize;
  const mode = choose(key, SALT_MODE, MODES);
  const lastOp = chooseSize(ops, durableSize, mode, key);
  const size = lastOp < 0 ? durableSize : ops[lastOp]!.sizeAfter;
  const minimum = requiredVersions(ops, lastOp, durableSize, rules);

  const persisted = rules.grownRange === 'garbage' ? new Set<number>() : null;
  let kept = 0;
  let torn = 0;
  const pages = touchedPages(ops);
  for (const [page, versions] of pages) {
    const pageKey = mix(key, page);
    const count = versions.length;
    // The required effects are a prefix in time, so they are a prefix of the versions.
    let least = 0;
    for (let v = 0; v < count; v++) if (minimum.has(versionKey(page, versions[v]!))) least = v + 1;
    let version = least + choose(pageKey, SALT_VERSION, count - least + 1);
    if (mode === 0) version = count;
    else if (mode === 1) version = least;
    let other = version;
    if (mode > 1 && count > least && chooseChance(pageKey, SALT_TEAR, tearPpm)) {
      other = least + choose(pageKey, SALT_OTHER_VERSION, count - least);
      if (other >= version) other++;
      torn++;
    }
    if (version > 0) kept++;
    writePage(file, ops, page, versions, version, other, pageKey, persisted);
  }
  if (persisted !== null && size > durableSize) {
    fillGarbage(file, durableSize, size, persisted, key);
  }
  const was = file.size;
  file.reboot(size);
  return `size ${size} (durable ${durableSize}, cached ${was}), pages ${kept} of ${pages.size} changed, ${torn} torn`;
}

/** Index of the last effect whose size survives; -1 for the durable size. */
function chooseSize(
  ops: readonly PendingOp[],
  durableSize: number,
  mode: number,
  key: number,
): number {
  const candidates = [-1];
  let size = durableSize;
  for (let i = 0; i < ops.length; i++) {
    if (ops[i]!.sizeAfter === size) continue;
    size = ops[i]!.sizeAfter;
    candidates.push(i);
  }
  if (mode === 0) return candidates[candidates.length - 1]!;
  if (mode === 1) return -1;
  return candidates[choose(key, SALT_SIZE, candidates.length)]!;
}

/**
 * The versions that the surviving size implies: cuts that it includes, and, if sizes follow data, the
 * data beyond the shortest size on the way to it.
 */
function requiredVersions(
  ops: readonly PendingOp[],
  lastOp: number,
  durableSize: number,
  rules: ProfileRules,
): Set<number> {
  const required = new Set<number>();
  let floor = durableSize;
  for (let i = 0; i <= lastOp; i++) {
    const op = ops[i]!;
    if (op.cut) floor = Math.min(floor, op.lo);
  }
  for (let i = 0; i <= lastOp; i++) {
    const op = ops[i]!;
    if (!op.cut && rules.grownRange !== 'never') continue;
    const from = op.cut ? op.lo : Math.max(op.lo, floor);
    for (let page = Math.floor(from / PAGE_BYTES); page * PAGE_BYTES < op.hi; page++) {
      if (from < op.hi) required.add(versionKey(page, i));
    }
  }
  return required;
}

function versionKey(page: number, op: number): number {
  return page * 1_048_576 + op;
}

/** For each page, in ascending order, the indexes of the effects that changed it. */
function touchedPages(ops: readonly PendingOp[]): Map<number, number[]> {
  const pages = new Map<number, number[]>();
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i]!;
    for (let page = Math.floor(op.lo / PAGE_BYTES); page * PAGE_BYTES < op.hi; page++) {
      if (op.lo === op.hi) break;
      const versions = pages.get(page);
      if (versions === undefined) pages.set(page, [i]);
      else versions.push(i);
    }
  }
  return new Map([...pages].sort((a, b) => a[0] - b[0]));
}

/** Puts version `version` of a page on the media; where a sector's coin says so, version `other`. */
function writePage(
  file: SimFile,
  ops: readonly PendingOp[],
  page: number,
  versions: readonly number[],
  version: number,
  other: number,
  pageKey: number,
  persisted: Set<number> | null,
): void {
  const start = page * PAGE_BYTES;
  const chosen = pageAt(file, ops, start, versions, version);
  const torn = other === version ? chosen : pageAt(file, ops, start, versions, other);
  for (let sector = 0; sector < SECTORS_PER_PAGE; sector++) {
    const fromOther = other !== version && choose(pageKey, sector, 2) === 1;
    if (persisted !== null && (fromOther ? other : version) > 0) {
      persisted.add(page * SECTORS_PER_PAGE + sector);
    }
    if (!fromOther) continue;
    const lo = sector * SECTOR_BYTES;
    chosen.set(torn.subarray(lo, lo + SECTOR_BYTES), lo);
  }
  file.mediaWrite(chosen, start);
}

/** The page after its first `version` effects; version 0 is what the media holds. */
function pageAt(
  file: SimFile,
  ops: readonly PendingOp[],
  start: number,
  versions: readonly number[],
  version: number,
): Uint8Array {
  const bytes = new Uint8Array(PAGE_BYTES);
  file.readMediaInto(bytes, start, start + PAGE_BYTES);
  for (let v = 0; v < version; v++) {
    const op = ops[versions[v]!]!;
    const lo = Math.max(op.lo, start);
    const hi = Math.min(op.hi, start + PAGE_BYTES);
    if (op.cut) bytes.fill(0, lo - start, hi - start);
    else bytes.set(file.bytesOf(op, lo, hi), lo - start);
  }
  return bytes;
}

/** Sectors that the file grew into and that were never persisted: half of them hold anything. */
function fillGarbage(
  file: SimFile,
  durableSize: number,
  size: number,
  persisted: ReadonlySet<number>,
  key: number,
): void {
  const first = Math.floor(durableSize / SECTOR_BYTES);
  for (let sector = first; sector * SECTOR_BYTES < size; sector++) {
    const sectorKey = mix(mix(key, SALT_GARBAGE), sector);
    if (persisted.has(sector) || choose(sectorKey, SALT_GARBAGE, 2) === 0) continue;
    const lo = Math.max(sector * SECTOR_BYTES, durableSize);
    const garbage = new Uint8Array(Math.min((sector + 1) * SECTOR_BYTES, size) - lo);
    for (let i = 0; i < garbage.length; i++) garbage[i] = mix(sectorKey, i) >>> 8;
    file.mediaWrite(garbage, lo);
  }
}

/** The cache goes, and with it the only copy of what failed syncs never wrote. */
function markLostWrites(file: SimFile): void {
  if (file.unvouched === null) return;
  const marks: Damage[] = [];
  for (const range of file.unvouched) {
    if (range.onMedia) continue;
    marks.push({
      kind: 'lost-write',
      lo: range.lo,
      hi: range.hi,
      mask: 0,
      bytes: null,
      seenBy: -1,
    });
  }
  if (marks.length > 0) file.damage = [...(file.damage ?? []), ...marks];
}
