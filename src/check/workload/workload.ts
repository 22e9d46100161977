// The workloads of elle-cli by name, each with its own small judge.

import type { ClientEvent } from '../format/client-events.js';
import { type BankOptions, checkBank } from './bank.js';
import { type Call, pairCalls, type WorkloadJudgement } from './calls.js';
import { checkComments } from './comments.js';
import { checkCounter } from './counter.js';
import { checkLongFork } from './long-fork.js';
import { checkSet, checkSetFull } from './set.js';

export type WorkloadOptions = BankOptions;

const JUDGES = {
  bank: checkBank,
  comments: checkComments,
  counter: checkCounter,
  'long-fork': checkLongFork,
  set: checkSet,
  'set-full': checkSetFull,
} satisfies Record<string, (calls: readonly Call[], options: WorkloadOptions) => WorkloadJudgement>;

export type WorkloadName = keyof typeof JUDGES;

export const WORKLOADS = Object.keys(JUDGES) as readonly WorkloadName[];

/** Judges the events of a workload. */
export function checkWorkload(
  name: WorkloadName,
  events: readonly ClientEvent[],
  options: WorkloadOptions = {},
): WorkloadJudgement {
  return JUDGES[name](pairCalls(events), options);
}
