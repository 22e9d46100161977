// Drives a Storage as Raft would and keeps a model of every state it passed through, so that after any
// crash one can say whether what was recovered is one of the states it may be.
// Not here: disks and crashes.

import { expect } from 'vitest';
import type { Random } from '../../src/base/random.js';
import type { Disk } from '../../src/ports/disk.js';
import {
  type ConfState,
  Entry,
  type HardState,
  type SnapshotMetadata,
} from '../../src/raft/raftpb.js';
import { type Recovered, Storage, type StorageConfig } from '../../src/storage/storage.js';

export const CONFIG: StorageConfig = {
  memberId: 1,
  clusterId: 77,
  segmentBytes: 4096,
  snapshotChunkBytes: 64,
  bootstrap: true,
};

export const CONF_STATE: ConfState = {
  voters: [1, 2, 3],
  learners: [9],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};

/** The log a member must present: entries after `floor`, the last snapshot that replaced it. */
interface State {
  readonly hardState: HardState;
  readonly floor: number;
  readonly log: readonly Entry[];
}

const INITIAL: State = { hardState: { term: 0, vote: 0, commit: 0 }, floor: 0, log: [] };

export function metadataOf(index: number, term: number): SnapshotMetadata {
  return { index, term, confState: CONF_STATE };
}

/** The content of the snapshot at (index, term): a few hundred bytes that depend on both. */
export function snapshotData(index: number, term: number): Uint8Array {
  const data = new Uint8Array(100 + ((index * 37) % 200));
  for (let i = 0; i < data.length; i++) data[i] = index * 7 + term * 13 + i;
  return data;
}

export function entryData(index: number, term: number, length: number): Buffer {
  const data = Buffer.alloc(length);
  for (let i = 0; i < length; i++) data[i] = index * 31 + term * 17 + i * 5;
  return data;
}

export class Driver {
  storage: Storage | null = null;
  recovered: Recovered | null = null;
  private readonly random: Random;
  private readonly config: StorageConfig;
  /** After each update issued since the last start; [0] is what was recovered. */
  private states: State[] = [INITIAL];
  private acked = 0;
  private ackedSnapshot = 0;
  private issuedSnapshots = new Map<number, number>();

  constructor(random: Random, config: StorageConfig = CONFIG) {
    this.random = random;
    this.config = config;
  }

  /** Begins to open; {@link storage} is set once the disk has completed what is needed. */
  open(disk: Disk): void {
    this.storage = null;
    Storage.open(disk, this.config, (recovered) => {
      this.verify(recovered);
      this.recovered = recovered;
      this.storage = recovered.storage;
    });
  }

  /** A driver that knows what this one knows and will find out for itself what a crash left. */
  fork(): Driver {
    const copy = new Driver(this.random, this.config);
    copy.states = [...this.states];
    copy.acked = this.acked;
    copy.ackedSnapshot = this.ackedSnapshot;
    copy.issuedSnapshots = new Map(this.issuedSnapshots);
    return copy;
  }

  /** One random call on the open storage. */
  act(): void {
    const { random } = this;
    const choice = random.below(100);
    if (choice < 62) this.appendSome();
    else if (choice < 72) this.saveLocal();
    else if (choice < 78) this.install();
    else if (choice < 86) this.storage!.release(this.ackedSnapshot + random.below(5) - 1);
    else this.storage!.confirm();
  }

  /** Appends these entries, and checks that acknowledgements come in order. */
  append(entries: Entry[], hardState: HardState | null, snapshot: SnapshotMetadata | null): void {
    const before = this.states.at(-1)!;
    let { floor, log } = before;
    if (snapshot !== null) {
      floor = snapshot.index;
      log = [];
    }
    const first = entries[0];
    if (first !== undefined) log = [...log.slice(0, first.index - floor - 1), ...entries];
    const n = this.states.push({ hardState: hardState ?? before.hardState, floor, log }) - 1;
    const states = this.states;
    this.storage!.append({ hardState, entries, snapshot }, () => {
      expect(this.states).toBe(states);
      expect(n).toBe(this.acked + 1);
      this.acked = n;
      if (snapshot !== null) this.ackedSnapshot = Math.max(this.ackedSnapshot, snapshot.index);
    });
  }

  get lastIndex(): number {
    const state = this.states.at(-1)!;
    return state.floor + state.log.length;
  }

  get hardState(): HardState {
    return this.states.at(-1)!.hardState;
  }

  get ackedCount(): number {
    return this.acked;
  }

  /** Takes a snapshot of its own at a committed index. */
  saveAt(index: number): void {
    const state = this.states.at(-1)!;
    const { term } = state.log[index - state.floor - 1]!;
    this.issuedSnapshots.set(index, term);
    const states = this.states;
    this.storage!.saveSnapshot(metadataOf(index, term), snapshotData(index, term), () => {
      expect(this.states).toBe(states);
      this.ackedSnapshot = Math.max(this.ackedSnapshot, index);
    });
  }

  private appendSome(): void {
    const { random } = this;
    const { hardState, floor } = this.states.at(-1)!;
    let { term, vote, commit } = hardState;
    const isConflict = this.lastIndex > Math.max(commit, floor) && random.chance(150_000);
    if (isConflict || random.chance(100_000) || term === 0) {
      term++;
      vote = random.below(4);
    }
    let index = this.lastIndex + 1;
    if (isConflict) index = commit + 1 + random.below(this.lastIndex - commit);
    const count = random.below(5);
    const entries: Entry[] = [];
    for (let i = 0; i < count; i++, index++) {
      const length = random.chance(20_000) ? 5000 : random.below(random.chance(100_000) ? 900 : 90);
      entries.push(
        new Entry(term, index, random.below(2) as 0 | 1, entryData(index, term, length)),
      );
    }
    const last = count > 0 ? index - 1 : this.lastIndex;
    commit = Math.min(last, commit + random.below(3));
    const next = { term, vote, commit };
    const isSame =
      term === hardState.term && vote === hardState.vote && commit === hardState.commit;
    if (isSame && count === 0) return;
    this.append(entries, isSame ? null : next, null);
  }

  private saveLocal(): void {
    const state = this.states.at(-1)!;
    const lowest = Math.max(state.floor, this.ackedSnapshot) + 1;
    if (state.hardState.commit < lowest) return;
    this.saveAt(lowest + this.random.below(state.hardState.commit - lowest + 1));
  }

  /** Appends one entry of this size at the end of the log. */
  appendOne(length: number, term = Math.max(1, this.hardState.term)): void {
    const index = this.lastIndex + 1;
    const entry = new Entry(term, index, 0, entryData(index, term, length));
    this.append([entry], { term, vote: 2, commit: index }, null);
  }

  /** Receives a snapshot beyond the log, then installs it. */
  install(distance = 1 + this.random.below(5)): void {
    const { storage, states } = this;
    const index = this.lastIndex + distance;
    const term = Math.max(1, this.hardState.term);
    this.issuedSnapshots.set(index, term);
    storage!.receiveSnapshot(metadataOf(index, term), snapshotData(index, term), () => {
      expect(this.states).toBe(states);
      if (index <= this.lastIndex || this.hardState.term > term) return;
      this.append([], { ...this.hardState, term, commit: index }, metadataOf(index, term));
    });
  }

  /** What was acknowledged is there; what was not is there as far as some point in time, or not. */
  private verify(recovered: Recovered): void {
    const { snapshot } = recovered;
    const snapshotIndex = snapshot?.metadata.index ?? 0;
    expect(snapshotIndex).toBeGreaterThanOrEqual(this.ackedSnapshot);
    if (snapshot !== null) {
      const { term, confState } = snapshot.metadata;
      expect(this.issuedSnapshots.get(snapshotIndex)).toBe(term);
      expect(confState).toEqual(CONF_STATE);
      expect(Buffer.compare(snapshot.data, snapshotData(snapshotIndex, term))).toBe(0);
    }
    const found = this.states.findIndex(
      (state, n) => n >= this.acked && matches(state, recovered, snapshotIndex),
    );
    if (found === -1) {
      expect.fail(
        `recovered ${JSON.stringify(recovered.hardState)}, snapshot ${snapshotIndex}, ` +
          `${recovered.entries.length} entries to ${recovered.entries.at(-1)?.index}: none of the ` +
          `states ${this.acked}..${this.states.length - 1}: ` +
          JSON.stringify(
            this.states
              .slice(this.acked)
              .map((s) => ({ ...s.hardState, floor: s.floor, last: s.floor + s.log.length })),
          ),
      );
    }
    const state = this.states[found]!;
    this.states = [{ ...state, hardState: recovered.hardState }];
    this.acked = 0;
    this.ackedSnapshot = snapshotIndex;
  }
}

function matches(state: State, recovered: Recovered, snapshotIndex: number): boolean {
  const { hardState, entries } = recovered;
  const expected = state.log.filter((entry) => entry.index > snapshotIndex);
  return (
    snapshotIndex >= state.floor &&
    snapshotIndex <= state.floor + state.log.length &&
    hardState.term === state.hardState.term &&
    hardState.vote === state.hardState.vote &&
    hardState.commit === Math.max(state.hardState.commit, snapshotIndex) &&
    entries.length === expected.length &&
    entries.every((entry, i) => sameEntry(entry, expected[i]!))
  );
}

function sameEntry(a: Entry, b: Entry): boolean {
  return (
    a.index === b.index &&
    a.term === b.term &&
    a.type === b.type &&
    Buffer.compare(a.data, b.data) === 0
  );
}
