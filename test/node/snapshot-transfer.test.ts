// The transfer of one snapshot between two members, without the members: windows, repeats, leftovers.

import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/base/crc32c.js';
import type { SnapshotChunk } from '../../src/node/messages.js';
import { SnapshotReceiver, SnapshotSender } from '../../src/node/snapshot-transfer.js';
import type { Message } from '../../src/raft/raftpb.js';

const LEADER = 4;
const DATA = Uint8Array.from({ length: 1000 }, (_, i) => i & 255);

function chunk(index: number, offset: number, bytes = 100): SnapshotChunk {
  return {
    kind: 'snapshot-chunk',
    index,
    term: 7,
    totalBytes: DATA.length,
    totalCrc: crc32c(DATA),
    offset,
    data: DATA.subarray(offset, offset + bytes),
  };
}

function sender(): SnapshotSender {
  const message = {
    type: 'MsgSnap',
    to: 1,
    snapshot: { index: 50, term: 7, confState: null },
  } as unknown as Message;
  return new SnapshotSender(message, DATA, 100);
}

describe('the receiver', () => {
  it('says how much it has without a gap, and has the content at the end', () => {
    const receiver = new SnapshotReceiver(LEADER, chunk(50, 0));
    for (let offset = 0; offset < DATA.length; offset += 100) {
      expect(receiver.content()).toBeNull();
      expect(receiver.accept(chunk(50, offset))).toBe(offset + 100);
      expect(receiver.accept(chunk(50, offset))).toBe(offset + 100);
    }
    expect(receiver.content()).toEqual(DATA);
  });

  it('keeps chunks that overtook others', () => {
    const receiver = new SnapshotReceiver(LEADER, chunk(50, 0));
    for (const offset of [900, 300, 100, 200]) expect(receiver.accept(chunk(50, offset))).toBe(0);
    expect(receiver.accept(chunk(50, 0))).toBe(400);
    for (const offset of [800, 500, 600, 700]) {
      expect(receiver.accept(chunk(50, offset))).toBe(400);
      expect(receiver.content()).toBeNull();
    }
    expect(receiver.accept(chunk(50, 400))).toBe(1000);
    expect(receiver.content()).toEqual(DATA);
  });

  it('holds back late chunks of an older snapshot by the same sender', () => {
    const receiver = new SnapshotReceiver(LEADER, chunk(50, 0));
    expect(receiver.matches(LEADER, chunk(40, 0))).toBe(false);
    expect(receiver.supersedes(LEADER, chunk(40, 0))).toBe(true);
    expect(receiver.supersedes(LEADER, chunk(60, 0))).toBe(false);
  });

  it('does not let the remains of one leader hold back the next, whatever its index', () => {
    const receiver = new SnapshotReceiver(LEADER, chunk(50, 0));
    expect(receiver.matches(LEADER + 1, chunk(50, 0))).toBe(false);
    expect(receiver.supersedes(LEADER + 1, chunk(40, 0))).toBe(false);
  });
});

describe('the sender', () => {
  it('keeps a window, goes on with acknowledgements, and repeats after silence', () => {
    const sent: number[] = [];
    const subject = sender();
    const pump = (): void => subject.pump(({ offset }) => sent.push(offset));
    pump();
    expect(sent).toEqual([0, 100, 200, 300]);
    subject.acknowledge({ kind: 'snapshot-ack', index: 50, term: 7, offset: 200, stored: false });
    pump();
    expect(sent).toEqual([0, 100, 200, 300, 400, 500]);
    sent.length = 0;
    for (let i = 0; i < 3; i++) expect(subject.tick()).toBe(true);
    pump();
    expect(sent).toEqual([200, 300, 400, 500]);
  });

  it('gives up after many repeats without an answer', () => {
    const subject = sender();
    let ticks = 0;
    while (subject.tick()) ticks++;
    expect(ticks).toBeGreaterThan(20);
    expect(ticks).toBeLessThan(100);
  });
});
