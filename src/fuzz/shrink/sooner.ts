// Passes over the times of a plan: the run ends with the failure, gaps in which nothing is planned close, and
// moments become round.

import type { Micros } from '../../base/ids.js';
import type { Plan } from '../../scenario/plan.js';
import { type Candidates, oneByOne, type Pass } from './pass.js';

/** A cluster needs so long before anything can happen to it. */
const FIRST_US = 100_000;
/** Shorter gaps are left. */
const GAP_MIN_US = 20_000;

/** Closes gaps, the longest first: all of it, then half of it, again and again. */
export const lessTime: Pass = {
  name: 'less time',
  *candidates(plan): Candidates {
    let current = plan;
    for (let tries = 0; tries < GAPS_MAX; tries++) {
      const gap = gapsOf(current)[tries];
      if (gap === undefined) return;
      for (const keepUs of [
        GAP_MIN_US,
        Math.floor(gap.lengthUs / 4),
        Math.floor(gap.lengthUs / 2),
      ]) {
        const byUs = gap.lengthUs - keepUs;
        if (byUs < GAP_MIN_US) continue;
        const accepted: Plan | null = yield [earlier(current, gap.fromUs, byUs)];
        if (accepted === null) continue;
        current = accepted;
        break;
      }
    }
  },
};

const GAPS_MAX = 12;

interface Gap {
  readonly fromUs: Micros;
  readonly lengthUs: Micros;
}

/** Stretches without a planned moment, the longest first. */
function gapsOf(plan: Plan): Gap[] {
  const moments = [FIRST_US, ...momentsOf(plan)].sort((a, b) => a - b);
  const gaps: Gap[] = [];
  for (let i = 1; i < moments.length; i++) {
    const fromUs = moments[i - 1]!;
    const lengthUs = moments[i]! - fromUs;
    if (lengthUs > GAP_MIN_US) gaps.push({ fromUs, lengthUs });
  }
  return gaps.sort((a, b) => b.lengthUs - a.lengthUs);
}

function momentsOf(plan: Plan): Micros[] {
  return [
    ...plan.faults.map(({ atUs }) => atUs),
    ...(plan.reseed ?? []).map(({ atUs }) => atUs),
    ...plan.clients.flatMap(({ operations }) => operations.map((op) => op.notBeforeUs ?? 0)),
    plan.durationUs,
  ].filter((us) => us > FIRST_US);
}

/** Everything planned after `fromUs` happens `byUs` sooner. */
function earlier(plan: Plan, fromUs: Micros, byUs: Micros): Plan {
  return moved(plan, (us) => (us > fromUs ? us - byUs : us));
}

/** The plan with every moment moved; a seed that took over before the beginning does so at the beginning. */
export function moved(plan: Plan, move: (us: Micros) => Micros): Plan {
  return {
    ...plan,
    durationUs: move(plan.durationUs),
    ...(plan.reseed === undefined
      ? {}
      : { reseed: plan.reseed.map(({ atUs, seed }) => ({ atUs: Math.max(0, move(atUs)), seed })) }),
    faults: plan.faults.map((fault) => ({ ...fault, atUs: move(fault.atUs) })),
    clients: plan.clients.map(({ operations, ...rest }) => ({
      ...rest,
      operations: operations.map((operation) =>
        operation.notBeforeUs === undefined
          ? operation
          : { ...operation, notBeforeUs: move(operation.notBeforeUs) },
      ),
    })),
  };
}

/** Moments in whole tenths, hundredths or thousandths of a second. */
export const rounderTimes: Pass = {
  name: 'rounder times',
  candidates: (plan) => oneByOne(plan, roundings),
};

const UNITS_US = [100_000, 10_000, 1000];

function* roundings(plan: Plan): Generator<(plan: Plan) => Plan | null> {
  for (const unit of UNITS_US) {
    yield (now) => {
      const { durationUs } = now;
      return ifChanged(now, { ...moved(now, (us) => rounded(us, unit)), durationUs });
    };
  }
  for (let index = 0; index < plan.faults.length; index++) {
    for (const unit of UNITS_US) yield (now) => roundedFault(now, index, unit);
  }
}

function roundedFault(plan: Plan, index: number, unit: Micros): Plan | null {
  const faults = plan.faults.map((fault, i) => {
    if (i !== index) return fault;
    return { ...fault, atUs: rounded(fault.atUs, unit) };
  });
  return ifChanged(plan, { ...plan, faults });
}

function rounded(us: Micros, unit: Micros): Micros {
  return us % unit === 0 ? us : Math.round(us / unit) * unit;
}

function ifChanged(before: Plan, after: Plan): Plan | null {
  return JSON.stringify(before) === JSON.stringify(after) ? null : after;
}
