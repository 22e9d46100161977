// Abstract states: the same whoever plays which part, and others when roles, terms or logs stand otherwise.

import { expect, test } from 'vitest';
import { ClusterSignature } from '../../../src/check/signature/cluster-signature.js';
import type { MemberView } from '../../../src/check/view.js';

interface Facts {
  readonly role?: MemberView['role'];
  readonly term?: number;
  /** Terms of its entries. */
  readonly log?: readonly number[];
  readonly commit?: number;
  readonly snapshot?: number;
}

function member({ role, term = 1, log = [1], commit = 0, snapshot = 0 }: Facts): MemberView {
  return {
    id: 1,
    term,
    vote: 0,
    role: role ?? 'StateFollower',
    commitIndex: commit,
    appliedIndex: commit,
    lastIndex: log.length,
    snapshotIndex: snapshot,
    snapshotTerm: log[snapshot - 1] ?? 0,
    entry: (index) => {
      const entryTerm = log[index - 1];
      return entryTerm === undefined || index <= snapshot
        ? undefined
        : { term: entryTerm, index, type: 0, data: new Uint8Array(0) };
    },
    matchIndex: () => 0,
    countsVoteOf: () => false,
    storeHash: () => 0,
  };
}

function stateOf(...cluster: readonly (Facts | null)[]): number {
  const signature = new ClusterSignature();
  signature.sample(
    0,
    cluster.map((facts) => (facts === null ? null : member(facts))),
  );
  return signature.reached()[0]!.state;
}

const leader: Facts = { role: 'StateLeader', term: 2, log: [1, 2] };
const behind: Facts = { term: 2, log: [1] };

test('who plays which part does not matter', () => {
  expect(stateOf(leader, behind, null)).toBe(stateOf(null, leader, behind));
});

test('neither do the numbers, nor the entry under way', () => {
  const later: Facts = { role: 'StateLeader', term: 12, log: [1, 12] };
  expect(stateOf(later, { term: 12, log: [1] })).toBe(stateOf(leader, behind));
  const longer: Facts = { ...leader, log: [1, 2, 2] };
  const full: Facts = { term: 2, log: [1, 2] };
  expect(stateOf(longer, full)).toBe(stateOf(leader, full));
});

test.each<[string, (Facts | null)[]]>([
  ['a member that is down', [leader, null]],
  ['a member that knows no newer term', [leader, { ...behind, term: 1 }]],
  ['a second leader', [leader, { ...behind, role: 'StateLeader', term: 1 }]],
  ['a candidate', [leader, { ...behind, role: 'StateCandidate' }]],
  ['a conflicting end of a log', [leader, { term: 2, log: [1, 1] }]],
  ['an end that is committed', [leader, { ...behind, commit: 1 }]],
  ['a member that only a snapshot brings up to date', [{ ...leader, snapshot: 2 }, behind]],
  ['a leader without an entry of its term', [{ ...leader, log: [1, 1] }, behind]],
])('%s makes another state', (_, cluster) => {
  expect(stateOf(...cluster)).not.toBe(stateOf(leader, behind));
});

test('a state is told once, with the moment it was first seen', () => {
  const signature = new ClusterSignature();
  const calm = [member(leader), member({ term: 2, log: [1, 2] })];
  const apart = [member(leader), null];
  for (const [i, members] of [calm, apart, calm, apart].entries()) {
    signature.sample(i * 1000, members);
  }
  expect(signature.reached().map(({ atUs }) => atUs)).toEqual([0, 1000]);
});
