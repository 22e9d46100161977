// The storage's rules one by one: group commit, order of steps, errors, snapshots, what recovery removes.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import { FailStop } from '../../src/ports/process.js';
import { Entry } from '../../src/raft/raftpb.js';
import { type Recovered, Storage } from '../../src/storage/storage.js';
import {
  BatchEncoder,
  decodeBatches,
  RecordEntry,
  RecordHardState,
  RecordMetadata,
  RecordSnapshot,
} from '../../src/storage/wal/record.js';
import { EMPTY_WAL } from '../../src/storage/wal/wal.js';
import { CrashDisk } from './crash-disk.js';
import {
  CONF_STATE,
  CONFIG,
  Driver,
  entryData,
  metadataOf,
  snapshotData,
} from './storage-driver.js';

const RUN_BEFORE = { ...CONFIG, bootstrap: false };
const NOTHING = { hardState: null, entries: [], snapshot: null };

function open(disk: CrashDisk): Recovered {
  let result: Recovered | null = null;
  Storage.open(disk, CONFIG, (recovered) => {
    result = recovered;
  });
  disk.settle();
  return result!;
}

function refusal(run: () => void): string {
  try {
    run();
  } catch (error) {
    if (error instanceof FailStop) return error.reason;
    throw error;
  }
  return 'none';
}

function entry(index: number, length = 20, term = 1): Entry {
  return new Entry(term, index, 0, entryData(index, term, length));
}

function entries(first: number, last: number, length = 20): Entry[] {
  const list: Entry[] = [];
  for (let index = first; index <= last; index++) list.push(entry(index, length));
  return list;
}

function append(storage: Storage, list: Entry[], done: () => void = () => {}): void {
  const commit = list.at(-1)!.index;
  storage.append({ hardState: { term: 1, vote: 1, commit }, entries: list, snapshot: null }, done);
}

function segmentsOf(disk: CrashDisk): string[] {
  return disk.paths().filter((path) => path.endsWith('.wal'));
}

function snapshotsOf(disk: CrashDisk): string[] {
  return disk.paths().filter((path) => path.endsWith('.snap'));
}

describe('an empty directory', () => {
  it('becomes a fresh member, and stays one until something is stored', () => {
    const disk = new CrashDisk();
    const first = open(disk);
    expect(first.hardState).toEqual({ term: 0, vote: 0, commit: 0 });
    expect(first.entries).toEqual([]);
    expect(first.snapshot).toBeNull();
    disk.kill();
    const second = open(disk);
    expect(second.hardState).toEqual(first.hardState);
    append(second.storage, [entry(1)]);
    disk.settle();
    disk.kill();
    expect(open(disk).entries).toEqual([entry(1)]);
  });

  it('is refused, and stays empty, where a member has run before', () => {
    const disk = new CrashDisk();
    expect(refusal(() => Storage.open(disk, RUN_BEFORE, () => {}))).toBe('lost-data');
    disk.settle();
    expect(() => disk.readdir('wal')).toThrow();
  });

  it('is no better for a log in which nothing was ever stored', () => {
    const disk = new CrashDisk();
    open(disk);
    disk.kill();
    expect(refusal(() => Storage.open(disk, RUN_BEFORE, () => {}))).toBe('lost-data');
  });

  it('is not missed by a member that has stored something', () => {
    const disk = new CrashDisk();
    append(open(disk).storage, [entry(1)]);
    disk.settle();
    disk.kill();
    expect(refusal(() => Storage.open(disk, RUN_BEFORE, () => {}))).toBe('none');
  });

  it('is not initialised over snapshots whose log is missing', () => {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    append(storage, entries(1, 3));
    storage.saveSnapshot(metadataOf(2, 1), snapshotData(2, 1), () => {});
    disk.settle();
    const copy = disk.copy();
    for (const path of segmentsOf(copy)) copy.remove(path);
    expect(refusal(() => open(copy))).toBe('corruption');
  });
});

describe('group commit', () => {
  it('flushes at once when idle and gathers what arrives during a flush', () => {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    const batchesBefore = disk.log.length;
    const done: number[] = [];
    for (let i = 1; i <= 4; i++) append(storage, [entry(i)], () => done.push(i));
    expect(disk.pendingSyncs).toBe(1);
    expect(storage.flushInFlight).toBe(true);
    expect(done).toEqual([]);
    disk.step();
    expect(done).toEqual([1]);
    disk.step();
    expect(done).toEqual([1, 2, 3, 4]);
    expect(storage.flushInFlight).toBe(false);
    const writes = disk.log.slice(batchesBefore).filter((line) => line.startsWith('pwrite'));
    expect(writes).toHaveLength(2);
  });

  it('puts what callbacks append into one next batch', () => {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    const done: string[] = [];
    append(storage, [entry(1)], () => {
      append(storage, [entry(2)], () => done.push('second'));
      append(storage, [entry(3)], () => done.push('third'));
      done.push('first');
    });
    disk.step();
    expect(done).toEqual(['first']);
    expect(disk.pendingSyncs).toBe(1);
    disk.step();
    expect(done).toEqual(['first', 'second', 'third']);
  });

  it('calls an empty update done after all before it', () => {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    const done: string[] = [];
    storage.append(NOTHING, () => done.push('idle'));
    expect(done).toEqual(['idle']);
    append(storage, [entry(1)], () => done.push('first'));
    storage.append(NOTHING, () => done.push('empty'));
    append(storage, [entry(2)], () => done.push('second'));
    storage.append(NOTHING, () => done.push('empty too'));
    expect(done).toEqual(['idle']);
    disk.settle();
    expect(done).toEqual(['idle', 'first', 'empty', 'second', 'empty too']);
  });

  it('continues a short write where it stopped', () => {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    disk.writeBytesMax = 7;
    append(storage, entries(1, 5));
    disk.settle();
    disk.kill();
    expect(open(disk).entries).toEqual(entries(1, 5));
  });

  it('refuses a gap in the log', () => {
    const { storage } = open(new CrashDisk());
    expect(() => append(storage, [entry(2)])).toThrow(/no gap/);
  });
});

describe('the idle confirm', () => {
  it('proves the last batch durable once, and only when idle', () => {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    const written = (): number => disk.log.filter((line) => line.startsWith('pwrite')).length;
    const atStart = written();
    storage.confirm();
    expect(written()).toBe(atStart);
    append(storage, [entry(1)]);
    storage.confirm();
    expect(written()).toBe(atStart + 1);
    disk.settle();
    storage.confirm();
    disk.settle();
    storage.confirm();
    disk.settle();
    expect(written()).toBe(atStart + 2);
  });

  it('is still owed after a restart', () => {
    const disk = new CrashDisk();
    append(open(disk).storage, [entry(1)]);
    disk.settle();
    disk.kill();
    const { storage } = open(disk);
    const before = disk.log.length;
    storage.confirm();
    expect(disk.log.length).toBe(before + 1);
  });
});

describe('errors of the disk', () => {
  it('stop the member when a sync fails, and nothing is acknowledged', () => {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    let acknowledged = false;
    append(storage, [entry(1)], () => {
      acknowledged = true;
    });
    disk.syncFault = 'fail';
    expect(refusal(() => disk.step())).toBe('disk-sync');
    expect(acknowledged).toBe(false);
    expect(disk.pendingSyncs).toBe(0);
  });

  it('stop the member when a write fails, makes no progress, or a rename fails', () => {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    disk.failWrites = true;
    expect(refusal(() => append(storage, [entry(1)]))).toBe('disk-write');

    const stuck = new CrashDisk();
    const stuckStorage = open(stuck).storage;
    stuck.writeBytesMax = 0;
    expect(refusal(() => append(stuckStorage, [entry(1)]))).toBe('disk-write');

    const unnamed = new CrashDisk();
    unnamed.failRenames = true;
    expect(refusal(() => open(unnamed))).toBe('disk-write');
  });

  it('refuse a start when the log cannot be read', () => {
    const disk = new CrashDisk();
    append(open(disk).storage, [entry(1)]);
    disk.settle();
    disk.kill();
    disk.failReads = true;
    expect(refusal(() => open(disk))).toBe('corruption');
  });

  it('make recovery write again what a failed sync left only in the cache', () => {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    append(storage, [entry(1)]);
    disk.syncFault = 'fail'; // and not one sector reached the media
    expect(refusal(() => disk.step())).toBe('disk-sync');
    disk.kill();
    const again = open(disk);
    expect(again.entries).toEqual([entry(1)]);
    const lost = disk.afterPowerLoss({ namespace: 'prefix', grown: 'never' }, () => 0);
    expect(open(lost).entries).toEqual([entry(1)]);
  });

  it('make recovery write again what a lying sync acknowledged', () => {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    append(storage, [entry(1)]);
    disk.settle();
    let acknowledged = false;
    append(storage, [entry(2)], () => {
      acknowledged = true;
    });
    disk.syncFault = 'lie-then-fail';
    disk.step();
    expect(acknowledged).toBe(true);
    append(storage, [entry(3)]);
    expect(refusal(() => disk.step())).toBe('disk-sync');
    disk.kill();
    expect(open(disk).entries).toHaveLength(3);
    const lost = disk.afterPowerLoss({ namespace: 'prefix', grown: 'never' }, () => 0);
    expect(open(lost).entries).toHaveLength(3);
  });
});

describe('a torn tail', () => {
  /** A batch whose payload holds, on a sector boundary, an intact batch that proves far too much. */
  function withForgedProof(): Entry {
    const forged = new BatchEncoder();
    forged.confirm();
    forged.seal(0, 1000, 999, 0, EMPTY_WAL);
    const data = Buffer.alloc(1400, 1);
    // The payload of the only record begins 72 bytes after the batch.
    forged.buffer.copy(data, 512 - 72, 0, forged.length);
    forged.buffer.copy(data, 1024 - 72, 0, forged.length);
    return new Entry(1, 2, 0, data);
  }

  function tornAt(offset: number): CrashDisk {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    append(storage, [entry(1)]);
    disk.settle();
    storage.append({ ...NOTHING, entries: [withForgedProof()] }, () => {});
    const torn = disk.copy();
    const bytes = torn.bytes(segmentsOf(torn)[0]!);
    const last = decodeBatches(bytes, 0, bytes.length).batches.at(-1)!;
    bytes[last.start + offset]! ^= 1;
    return torn;
  }

  it('is not mistaken for corruption by what its payload looks like', () => {
    expect(open(tornAt(300)).entries).toEqual([entry(1)]);
  });

  it('never rejoins: it is zeroed on the media before anything is appended', () => {
    const disk = tornAt(300);
    const { storage } = open(disk);
    const path = segmentsOf(disk)[0]!;
    const { batches } = decodeBatches(disk.mediaBytes(path), 0, disk.mediaBytes(path).length);
    const rest = disk.mediaBytes(path).subarray(batches.at(-1)!.end);
    expect(rest.every((byte) => byte === 0)).toBe(true);

    // A shorter batch in its place, torn in turn: what lay behind must not testify.
    append(storage, [entry(2)]);
    const torn = disk.copy();
    const bytes = torn.bytes(path);
    const last = decodeBatches(bytes, 0, bytes.length).batches.at(-1)!;
    bytes[last.start + 60]! ^= 1;
    bytes[last.start]! ^= 1;
    expect(open(torn).entries).toEqual([entry(1)]);
  });
});

describe('the log', () => {
  it('lets an entry replace all from its index on', () => {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    storage.append({ ...NOTHING, entries: entries(1, 6) }, () => {});
    const replacement = [entry(4, 20, 2)];
    storage.append({ ...NOTHING, entries: replacement }, () => {});
    disk.settle();
    disk.kill();
    expect(open(disk).entries).toEqual([...entries(1, 3), ...replacement]);
  });

  it('survives in a chain of segments, each beginning with the state', () => {
    const disk = new CrashDisk();
    const heads: number[][] = [];
    disk.onWrite = (_path, bytes, position) => {
      const { records } = decodeBatches(bytes, 0, bytes.length);
      if (position === 0 && records.length > 0) heads.push(records.map((record) => record.type));
    };
    const { storage } = open(disk);
    for (let index = 1; index <= 12; index++) append(storage, [entry(index, 800)]);
    storage.saveSnapshot(metadataOf(5, 1), snapshotData(5, 1), () => {});
    disk.settle();
    for (let index = 13; index <= 18; index++) {
      append(storage, [entry(index, 800)]);
      disk.settle();
    }
    expect(segmentsOf(disk).length).toBeGreaterThan(3);
    expect(heads[0]).toEqual([RecordMetadata, RecordHardState]);
    expect(heads.at(-1)).toEqual([RecordMetadata, RecordHardState, RecordSnapshot]);
    disk.kill();
    const recovered = open(disk);
    expect(recovered.entries).toEqual(entries(6, 18, 800));
    expect(recovered.hardState).toEqual({ term: 1, vote: 1, commit: 18 });
  });

  it('is released only as far as a durable snapshot covers it', () => {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    for (let index = 1; index <= 20; index++) {
      append(storage, [entry(index, 800)]);
      disk.settle();
    }
    const before = segmentsOf(disk);
    expect(before.length).toBeGreaterThan(4);
    storage.release(20);
    expect(segmentsOf(disk)).toEqual(before);
    // Durable file, but the marker is not: nothing may go yet.
    storage.saveSnapshot(metadataOf(9, 1), snapshotData(9, 1), () => {});
    while (snapshotsOf(disk).length === 0) disk.step();
    storage.release(9);
    expect(segmentsOf(disk)).toEqual(before);
    disk.settle();
    storage.release(20);
    const after = segmentsOf(disk);
    expect(after.length).toBeLessThan(before.length);
    disk.kill();
    expect(open(disk).entries).toEqual(entries(10, 20, 800));
  });

  it('ignores and removes released segments that a power loss brings back', () => {
    const disk = new CrashDisk();
    const driver = new Driver(randomStream('1', 'stale'));
    driver.open(disk);
    disk.settle();
    for (let index = 1; index <= 20; index++) {
      driver.appendOne(800);
      disk.settle();
    }
    driver.saveAt(19);
    disk.settle();
    const before = segmentsOf(disk);
    driver.storage!.release(19);
    const after = segmentsOf(disk);
    expect(before.length - after.length).toBeGreaterThan(3);
    // Only the first unlink is undone: the oldest segment is back, those after it are not.
    let n = 0;
    const crashed = disk.afterPowerLoss({ namespace: 'subset', grown: 'never' }, () =>
      n++ === 1 ? 0 : 1,
    );
    expect(segmentsOf(crashed)).toEqual([before[0], ...after]);
    const survivor = driver.fork();
    survivor.open(crashed);
    crashed.settle();
    expect(survivor.storage).not.toBeNull();
    expect(segmentsOf(crashed)).toEqual(after);
  });
});

describe('snapshots', () => {
  function withSnapshots(): { disk: CrashDisk; storage: Storage } {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    append(storage, entries(1, 9));
    disk.settle();
    for (const index of [3, 5, 8]) {
      storage.saveSnapshot(metadataOf(index, 1), snapshotData(index, 1), () => {});
      disk.settle();
    }
    return { disk, storage };
  }

  it('are kept two at a time and served verified', () => {
    const { disk, storage } = withSnapshots();
    expect(snapshotsOf(disk)).toHaveLength(2);
    expect(storage.readSnapshot({ index: 3, term: 1 })).toBeNull();
    const data = storage.readSnapshot({ index: 8, term: 1 })!;
    expect(Buffer.compare(data, snapshotData(8, 1))).toBe(0);
    const bytes = disk.bytes(snapshotsOf(disk)[1]!);
    for (let at = 0; at < bytes.length; at++) {
      bytes[at]! ^= 1 << (at % 8);
      expect(storage.readSnapshot({ index: 8, term: 1 })).toBeNull();
      bytes[at]! ^= 1 << (at % 8);
    }
    expect(storage.readSnapshot({ index: 8, term: 1 })).not.toBeNull();
  });

  it('give way to an older one when damaged, if the log still connects', () => {
    const { disk } = withSnapshots();
    const copy = disk.copy();
    copy.bytes(snapshotsOf(copy)[1]!)[200]! ^= 1;
    const recovered = open(copy);
    expect(recovered.snapshot?.metadata).toEqual(metadataOf(5, 1));
    expect(recovered.entries).toEqual(entries(6, 9));

    const both = disk.copy();
    for (const path of snapshotsOf(both)) both.bytes(path)[200]! ^= 1;
    expect(open(both).entries).toEqual(entries(1, 9));
  });

  it('are named as missing when damaged and nothing older connects', () => {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    for (let index = 1; index <= 20; index++) {
      append(storage, [entry(index, 800)]);
      disk.settle();
    }
    storage.saveSnapshot(metadataOf(5, 1), snapshotData(5, 1), () => {});
    disk.settle();
    storage.saveSnapshot(metadataOf(19, 1), snapshotData(19, 1), () => storage.release(19));
    disk.settle();
    expect(snapshotsOf(disk)).toHaveLength(2);
    expect(open(disk.copy()).snapshot?.metadata.index).toBe(19);
    const damaged = disk.copy();
    damaged.bytes(snapshotsOf(damaged)[1]!)[200]! ^= 1;
    const missing = disk.copy();
    missing.remove(snapshotsOf(missing)[1]!);
    for (const { snapshot, repair } of [open(damaged), open(missing)]) {
      expect(snapshot?.metadata.index).toBe(5);
      expect(repair?.gap()?.from).toBe(6);
      expect(repair?.lastIndex).toBe(20);
    }
  });

  it('do not count without their marker', () => {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    append(storage, entries(1, 3));
    disk.settle();
    let stored = false;
    storage.receiveSnapshot(metadataOf(30, 2), snapshotData(30, 2), () => {
      stored = true;
    });
    disk.settle();
    expect(stored).toBe(true);
    expect(snapshotsOf(disk)).toHaveLength(1);
    const recovered = open(disk.copy());
    expect(recovered.snapshot).toBeNull();
    expect(recovered.entries).toEqual(entries(1, 3));
    const removed = disk.copy();
    open(removed);
    expect(snapshotsOf(removed)).toEqual([]);

    // The marker's membership counts, not the one the file was stored with.
    const marker = { ...metadataOf(30, 2), confState: { ...CONF_STATE, voters: [4, 5] } };
    storage.append(
      { hardState: { term: 2, vote: 0, commit: 30 }, entries: [], snapshot: marker },
      () => {},
    );
    disk.settle();
    const installed = open(disk.copy());
    expect(installed.snapshot?.metadata).toEqual(marker);
    expect(installed.entries).toEqual([]);
  });

  it('never lie ahead of the commit index that is recovered', () => {
    const disk = new CrashDisk();
    const { storage } = open(disk);
    // The commit index alone is not worth a flush, so the recorded one may be old.
    storage.append(
      { hardState: { term: 1, vote: 1, commit: 0 }, entries: entries(1, 4), snapshot: null },
      () => {},
    );
    storage.saveSnapshot(metadataOf(3, 1), snapshotData(3, 1), () => {});
    disk.settle();
    disk.kill();
    expect(open(disk).hardState).toEqual({ term: 1, vote: 1, commit: 3 });
  });

  it('have a durable file before the marker is written', () => {
    const { storage } = open(new CrashDisk());
    const update = { ...NOTHING, snapshot: metadataOf(30, 2) };
    expect(() => storage.append(update, () => {})).toThrow(/file is durable/);
  });
});

describe('decodeBatches', () => {
  it('tells what each write holds and where', () => {
    const disk = new CrashDisk();
    const seen: string[] = [];
    disk.onWrite = (_path, bytes) => {
      for (const r of decodeBatches(bytes, 0, bytes.length).records) {
        if (r.type === RecordEntry) {
          const data = bytes.subarray(r.dataStart, r.dataEnd);
          expect(Buffer.compare(data, entryData(r.index, r.term, data.length))).toBe(0);
          seen.push(`entry ${r.index}/${r.term} ${data.length}`);
        } else if (r.type === RecordHardState) {
          seen.push(`state ${r.term} ${r.vote} ${r.commit}`);
        } else if (r.type === RecordSnapshot) {
          seen.push(`snapshot ${r.index}/${r.term} ${r.installed}`);
        }
        expect(r.start % 8).toBe(0);
        expect(r.end).toBeGreaterThan(r.start);
      }
    };
    const { storage } = open(disk);
    append(storage, [entry(1, 5), entry(2, 100)]);
    disk.settle();
    storage.saveSnapshot(metadataOf(1, 1), snapshotData(1, 1), () => {});
    disk.settle();
    storage.confirm();
    disk.settle();
    expect(seen).toEqual([
      'state 0 0 0',
      'entry 1/1 5',
      'entry 2/1 100',
      'state 1 1 2',
      'snapshot 1/1 false',
    ]);
  });

  it('keeps integers of 53 bits', () => {
    const batch = new BatchEncoder();
    const big = Number.MAX_SAFE_INTEGER;
    batch.hardState({ term: big, vote: 4294967296, commit: 4294967295 });
    batch.seal(1, 2, 1, 0, EMPTY_WAL);
    const { records } = decodeBatches(batch.buffer, 0, batch.length);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ term: big, vote: 4294967296, commit: 4294967295 });
  });
});
