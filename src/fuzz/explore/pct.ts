// Priorities of links: messages on a link wait the longer the lower its priority is, and at a few moments a link falls
// below all others. After PCT (Burckhardt et al., ASPLOS 2010), which finds a bug of depth d with d - 1 such moments;
// links between members are its threads, and a delay takes the place of strict priority, since time passes here.
// Delays are faults like others of the plan: it replays, shrinks and tells its story as it is.

import type { Micros, ProcessId } from '../../base/ids.js';
import { type Random, randomStream } from '../../base/random.js';
import type { Fault, Plan } from '../../scenario/plan.js';
import { FAULTS_FROM_US } from '../../scenario/scenario.js';
import { planOf } from '../candidate.js';
import type { Engine } from '../engine.js';
import type { Explorer } from './explorer.js';
import { breaksPromises, inOrder } from './plan-edits.js';

/**
 * Delay between the highest priority and the lowest, as a share of the shortest timeout. With more, requests fail and
 * a run tests nothing.
 */
const SPREADS = [1 / 16, 1 / 4, 1 / 2] as const;
/** Moments at which a link falls below all others; PCT's depth is one more. */
const FALLS = { min: 1, max: 8 } as const;

/** The same seeds, each with priorities that follow from it. */
export function prioritized(seeds: Explorer, engine: Engine): Explorer {
  return {
    runs: seeds.runs,
    wantsSignatures: seeds.wantsSignatures,
    next(sizeOf) {
      const next = seeds.next(sizeOf);
      if (next === null || next === 'wait') return next;
      const candidates = next.candidates.map((candidate) => {
        const plan = planOf(engine, next.loaded.scenario, candidate);
        return { ...candidate, change: breaksPromises(plan) ? null : withPriorities(plan) };
      });
      return { loaded: next.loaded, candidates };
    },
    learn: (outcome) => seeds.learn(outcome),
  };
}

/** The faults of the plan with those that stand for priorities. */
export function withPriorities(plan: Plan): Pick<Plan, 'faults'> {
  if (plan.members < 2 || plan.durationUs <= FAULTS_FROM_US) return { faults: plan.faults };
  const random = randomStream(plan.seed, 'explore/priorities');
  const links = random.shuffle(linksOf(plan.members));
  const stepUs = Math.ceil((random.pick(SPREADS) * shortestTimeoutUs(plan)) / links.length);
  const faults: Fault[] = [];
  for (const [rank, link] of links.entries()) {
    if (rank > 0) faults.push(delayed(link, FAULTS_FROM_US, rank * stepUs, plan));
  }
  faults.push(...falls(plan, links, stepUs, random));
  return { faults: inOrder([...faults, ...plan.faults]) };
}

function shortestTimeoutUs({ knobs }: Plan): Micros {
  const { tickUs, electionTicks, requestTimeoutUs, clientTimeoutUs } = knobs;
  return Math.min(tickUs * electionTicks, requestTimeoutUs, clientTimeoutUs);
}

type MemberLink = readonly [from: ProcessId, to: ProcessId];

function linksOf(members: number): MemberLink[] {
  const links: MemberLink[] = [];
  for (let from = 1; from <= members; from++) {
    for (let to = 1; to <= members; to++) if (from !== to) links.push([from, to]);
  }
  return links;
}

/** Delays of one link add up, so every fall ends below all links, those that fell before among them. */
function falls(plan: Plan, links: readonly MemberLink[], stepUs: Micros, random: Random): Fault[] {
  const ranks = links.map((_, rank) => rank);
  const count = FALLS.min + random.below(FALLS.max - FALLS.min + 1);
  const moments = Array.from(
    { length: count },
    () => FAULTS_FROM_US + random.below(plan.durationUs - FAULTS_FROM_US),
  );
  let lowest = links.length - 1;
  return moments
    .sort((a, b) => a - b)
    .map((atUs) => {
      const which = random.below(links.length);
      lowest += 1;
      const extraUs = (lowest - ranks[which]!) * stepUs;
      ranks[which] = lowest;
      return delayed(links[which]!, atUs, extraUs, plan);
    });
}

function delayed([from, to]: MemberLink, atUs: Micros, extraUs: Micros, plan: Plan): Fault {
  return {
    kind: 'degrade',
    atUs,
    forUs: plan.durationUs - atUs,
    from: [from],
    to: [to],
    extraUs,
    lossPpm: 0,
    duplicatePpm: 0,
    reorderPpm: 0,
  };
}
