// What each invariant means, by id, for reports. Not here: the invariants (check/invariant/).

import * as acknowledgedEntries from '../check/invariant/acknowledged-entries.js';
import * as acknowledgedWrites from '../check/invariant/acknowledged-writes.js';
import * as confirmedReads from '../check/invariant/confirmed-reads.js';
import * as durableBeforeSend from '../check/invariant/durable-before-send.js';
import * as electionSafety from '../check/invariant/election-safety.js';
import * as freshReads from '../check/invariant/fresh-reads.js';
import type { Invariant } from '../check/invariant/invariant.js';
import * as logMatching from '../check/invariant/log-matching.js';
import * as matchKept from '../check/invariant/match-kept.js';
import * as monotone from '../check/invariant/monotone.js';
import * as office from '../check/invariant/office.js';
import * as oldTerms from '../check/invariant/old-terms.js';
import * as ownTermCommits from '../check/invariant/own-term-commits.js';
import * as processes from '../check/invariant/processes.js';
import * as stateMachineSafety from '../check/invariant/state-machine-safety.js';
import * as transfers from '../check/invariant/transfers.js';
import * as votesGiven from '../check/invariant/votes-given.js';

const MODULES: readonly object[] = [
  acknowledgedEntries,
  acknowledgedWrites,
  confirmedReads,
  durableBeforeSend,
  electionSafety,
  freshReads,
  logMatching,
  matchKept,
  monotone,
  office,
  oldTerms,
  ownTermCommits,
  processes,
  stateMachineSafety,
  transfers,
  votesGiven,
];

/** Sentence and source of an invariant; empty for an unknown id. */
export function explain(id: string): string {
  const found = MODULES.flatMap((module): unknown[] => Object.values(module))
    .filter(isInvariant)
    .find((invariant) => invariant.id === id);
  return found === undefined ? '' : `${found.explain} (${found.source})`;
}

function isInvariant(value: unknown): value is Invariant {
  return typeof value === 'object' && value !== null && 'id' in value && 'explain' in value;
}
