// The budget of damage to durable bytes: decides, at the moment it would strike, whether a piece of damage
// is one that the members have to survive. Counted by fault unit: an entry of the log, or a snapshot.
// Not here: the damage itself (sim/disk-decay.ts). Keeps: of every unit a majority of copies stays whole,
// so a run in which something is lost shows a bug and not too much bad luck.

import type { LogIndex, ProcessId } from '../base/ids.js';
import type { SimDisk } from '../sim/disk.js';
import { parseSnapshotName, SNAPSHOT_DIRECTORY } from '../storage/snapshot/snapshot-file.js';
import {
  BATCH_HEADER_BYTES,
  decodeBatches,
  RecordEntry,
  readBatchHeader,
} from '../storage/wal/record.js';
import { WAL_DIRECTORY } from '../storage/wal/segment.js';
import type { DamageMode } from './plan.js';

/** Entries that follow each other fall into one member's share of the damage. */
const SHARE_ENTRIES = 8;

const ENTRY = 'entry ';

/** Bytes of a log that are lost together, and the entries in them. */
interface Batch {
  readonly start: number;
  readonly end: number;
  readonly first: number;
  readonly last: number;
}

export class FaultAtlas {
  private readonly mode: DamageMode;
  private readonly members: number;
  /** Members that may have a damaged copy of a unit. */
  private readonly damagedMax: number;
  private readonly damaged = new Map<string, Set<ProcessId>>();
  private readonly damagedMembers = new Set<ProcessId>();
  private decoded: { readonly key: string; readonly batches: readonly Batch[] } | null = null;

  constructor(mode: DamageMode, members: number) {
    this.mode = mode;
    this.members = members;
    this.damagedMax = Math.floor((members - 1) / 2);
  }

  /** Has every damage to this member's disk ask first. `nowUs`: between two times nothing changes. */
  watch(member: ProcessId, disk: SimDisk, nowUs: () => number): void {
    disk.survives = (path, lo, hi) => {
      const key = `${member} ${path} ${nowUs()}`;
      if (!this.leavesHardState(disk, key, path, hi)) return false;
      const units = this.unitsOf(disk, key, path, lo, hi);
      if (!this.survives(member, units)) return false;
      this.damagedMembers.add(member);
      for (const unit of units) this.copiesOf(unit).add(member);
      return true;
    };
  }

  /** How many members have a damaged copy of the unit that has most. */
  mostDamaged(): number {
    let most = 0;
    for (const members of this.damaged.values()) most = Math.max(most, members.size);
    return most;
  }

  /** Entries of which a copy was damaged, with the members that had it. */
  damagedEntries(): ReadonlyMap<LogIndex, ReadonlySet<ProcessId>> {
    const entries = new Map<LogIndex, ReadonlySet<ProcessId>>();
    for (const [unit, members] of this.damaged) {
      if (unit.startsWith(ENTRY)) entries.set(Number(unit.slice(ENTRY.length)), members);
    }
    return entries;
  }

  private survives(member: ProcessId, units: readonly string[]): boolean {
    if (this.mode === 'crash-only') return false;
    if (this.mode === 'nodes') {
      return this.damagedMembers.has(member) || this.damagedMembers.size < this.damagedMax;
    }
    return units.every((unit) => {
      const share = Math.floor(Number(unit.slice(unit.indexOf(' ') + 1)) / SHARE_ENTRIES);
      if (share % this.members !== member - 1) return false;
      const copies = this.copiesOf(unit);
      return copies.has(member) || copies.size < this.damagedMax;
    });
  }

  private copiesOf(unit: string): Set<ProcessId> {
    let members = this.damaged.get(unit);
    if (members === undefined) {
      members = new Set();
      this.damaged.set(unit, members);
    }
    return members;
  }

  /**
   * Whether a batch behind the damage still says which vote was the newest. A member that cannot know it must not vote
   * again and is lost for good (row A13), which no budget of entries accounts for.
   */
  private leavesHardState(disk: SimDisk, key: string, path: string, hi: number): boolean {
    const newest = disk.listMedia(WAL_DIRECTORY).findLast((name) => name.endsWith('.wal'));
    if (path !== `${WAL_DIRECTORY}/${newest}`) return true;
    return this.batchesOf(disk, key, path).some(({ start }) => start >= hi);
  }

  /** What is lost with these bytes. Nothing, if they only repeat what is said elsewhere. */
  private unitsOf(disk: SimDisk, key: string, path: string, lo: number, hi: number): string[] {
    if (path.startsWith(`${SNAPSHOT_DIRECTORY}/`)) {
      const name = parseSnapshotName(path.slice(SNAPSHOT_DIRECTORY.length + 1));
      return name === null ? [] : [`snapshot ${name.index}`];
    }
    const units: string[] = [];
    for (const { start, end, first, last } of this.batchesOf(disk, key, path)) {
      if (start >= hi || end <= lo) continue;
      for (let index = first; index <= last; index++) units.push(`${ENTRY}${index}`);
    }
    return units;
  }

  private batchesOf(disk: SimDisk, key: string, path: string): readonly Batch[] {
    if (this.decoded?.key === key) return this.decoded.batches;
    const bytes = disk.readMedia(path) ?? new Uint8Array(0);
    const { batches, records, next } = decodeBatches(bytes, 0, bytes.length);
    const found: Batch[] = batches.map(({ start, end }) => {
      const indexes = records
        .filter(
          (record) => record.type === RecordEntry && record.start >= start && record.end <= end,
        )
        .map((record) => record.index);
      return { start, end, first: Math.min(...indexes), last: Math.max(...indexes) };
    });
    // What is torn has a header all the same, which holds nothing of its own.
    const torn = readBatchHeader(bytes, next);
    if (torn !== null) {
      const { start } = torn;
      const none = { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY };
      found.push({ start, end: start + BATCH_HEADER_BYTES, ...none });
    }
    this.decoded = { key, batches: found };
    return found;
  }
}
