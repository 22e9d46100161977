// The quorum tables of etcd's raft, every case, and the properties its own interpreter checks beside.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProcessId } from '../../src/base/ids.js';
import { randomStream } from '../../src/base/random.js';
import { type Acknowledged, JointConfig, MajorityConfig } from '../../src/raft/quorum.js';

const FOLDER = join(import.meta.dirname, '..', 'data', 'raft-datadriven', 'quorum');

interface Case {
  readonly name: string;
  readonly command: string;
  readonly incoming: readonly ProcessId[];
  /** null: no second half was named. */
  readonly outgoing: readonly ProcessId[] | null;
  /** Per voter, in order of first appearance; null for `_`. */
  readonly values: ReadonlyMap<ProcessId, string | null>;
  readonly expected: string;
}

function parse(file: string): Case[] {
  const cases: Case[] = [];
  const text = readFileSync(join(FOLDER, file), 'utf8').replace(/^#.*\n/gm, '');
  for (const block of text.split(/\n\s*\n/)) {
    const [head, output] = block.split(/\n----\n/);
    if (head === undefined || output === undefined) continue;
    const line = head.trim();
    const argument = (key: string): string[] | null => {
      const match = new RegExp(`\\b${key}=(?:\\(([^)]*)\\)|(\\S+))`).exec(line);
      if (match === null) return null;
      if (match[2] !== undefined) return match[2] === 'zero' ? [] : [match[2]];
      return match[1]!.split(',').map((part) => part.trim());
    };
    const incoming = (argument('cfg') ?? []).map(Number);
    const outgoing = argument('cfgj')?.map(Number) ?? null;
    const given = argument('idx') ?? argument('votes') ?? [];
    const values = new Map<ProcessId, string | null>();
    for (const id of [...incoming, ...(outgoing ?? [])]) {
      if (values.has(id)) continue;
      const value = given[values.size];
      if (value === undefined) throw new Error(`${file}: no value for voter ${id} in "${line}"`);
      values.set(id, value === '_' ? null : value);
    }
    if (values.size !== given.length) throw new Error(`${file}: ${line}`);
    const last = output.trimEnd().split('\n').at(-1)!;
    cases.push({
      name: `${file}: ${line}`,
      command: line.split(' ')[0]!,
      incoming,
      outgoing,
      values,
      expected: last.replace('<empty majority quorum>', ''),
    });
  }
  return cases;
}

class Values implements Acknowledged {
  private readonly values: ReadonlyMap<ProcessId, number>;

  constructor(values: ReadonlyMap<ProcessId, number>) {
    this.values = values;
  }

  of(id: ProcessId): number {
    return this.values.get(id) ?? 0;
  }
}

function indexesOf(given: Case): Map<ProcessId, number> {
  const known = new Map<ProcessId, number>();
  for (const [id, value] of given.values) if (value !== null) known.set(id, Number(value));
  return known;
}

function votesOf(given: Case): Map<ProcessId, boolean> {
  const known = new Map<ProcessId, boolean>();
  for (const [id, value] of given.values) if (value !== null) known.set(id, value === 'y');
  return known;
}

/** Counts, for every candidate value, how many have at least that: slow and obvious. */
function committedByCounting(ids: readonly ProcessId[], known: ReadonlyMap<ProcessId, number>) {
  if (ids.length === 0) return Number.POSITIVE_INFINITY;
  let best = 0;
  for (const candidate of known.values()) {
    const count = ids.filter((id) => (known.get(id) ?? 0) >= candidate).length;
    if (2 * count > ids.length && candidate > best) best = candidate;
  }
  return best;
}

const files = ['joint_commit.txt', 'joint_vote.txt', 'majority_commit.txt', 'majority_vote.txt'];
const cases = files.flatMap(parse);

describe('the quorum tables', () => {
  it('hold 127 cases', () => {
    expect(cases.length).toBe(127);
  });

  it.each(cases.map((c) => [c.name, c] as const))('%s', (_, c) => {
    const joint = new JointConfig(c.incoming, c.outgoing ?? []);
    const swapped = new JointConfig(c.outgoing ?? [], c.incoming);
    if (c.command === 'committed') {
      const acked = new Values(indexesOf(c));
      const result = joint.committedIndex(acked);
      expect(result === Number.POSITIVE_INFINITY ? '∞' : String(result)).toBe(c.expected);
      expect(swapped.committedIndex(acked)).toBe(result);
      expect(new JointConfig(c.incoming, c.incoming).committedIndex(acked)).toBe(
        new MajorityConfig(c.incoming).committedIndex(acked),
      );
    } else {
      expect(c.command).toBe('vote');
      const votes = votesOf(c);
      const result = joint.voteResult(votes);
      expect(result).toBe(c.expected);
      expect(swapped.voteResult(votes)).toBe(result);
      expect(new JointConfig(c.incoming, c.incoming).voteResult(votes)).toBe(
        new MajorityConfig(c.incoming).voteResult(votes),
      );
    }
  });
});

describe('a majority', () => {
  it('commits what counting by hand commits, for 0 to 12 voters', () => {
    const random = randomStream('1', 'quorum');
    for (let run = 0; run < 3000; run++) {
      const ids = Array.from({ length: random.below(13) }, (_, i) => i + 1);
      const known = new Map<ProcessId, number>();
      for (const id of random.shuffle(ids)) if (random.below(5) > 0) known.set(id, random.below(9));
      const committed = new MajorityConfig(ids).committedIndex(new Values(known));
      expect(committed).toBe(committedByCounting(ids, known));
      // Lowering an index that is already below the result changes nothing.
      for (const [id, value] of known) if (value < committed) known.set(id, 0);
      expect(new MajorityConfig(ids).committedIndex(new Values(known))).toBe(committed);
    }
  });

  it('is more than half', () => {
    const sizes = [1, 2, 3, 4, 5, 6, 7].map(
      (n) => new MajorityConfig(Array.from({ length: n }, (_, i) => i + 1)).quorum,
    );
    expect(sizes).toEqual([1, 2, 2, 3, 3, 4, 4]);
  });

  it('refuses a voter listed twice', () => {
    expect(() => new MajorityConfig([1, 2, 1])).toThrow('listed twice');
  });
});
