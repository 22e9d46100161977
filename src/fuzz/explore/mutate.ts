// Changes a plan that reached something new a little: faults move, come again, are left out, or come from another plan
// of the scenario; a knob is turned; chance takes another course.
// Every plan it makes is one that the scenario's bounds allow: knobs are drawn, and damage stays where it was drawn.

import type { Micros } from '../../base/ids.js';
import type { Random } from '../../base/random.js';
import type { Fault, Knobs, Plan } from '../../scenario/plan.js';
import { FAULTS_FROM_US } from '../../scenario/scenario.js';
import { planOf } from '../candidate.js';
import type { Engine } from '../engine.js';
import { takenOver } from './branch.js';
import type { Vary } from './guided.js';
import { breaksPromises, inOrder, isHarmless } from './plan-edits.js';
import type { Parent } from './territory.js';

/** Edits of one mutation. */
const EDITS_MAX = 3;
/** What happens shortly before or after another thing meets it. */
const NEAR_US = 500_000;

export function mutated(engine: Engine): Vary {
  return (parent, scenario, random) => {
    const { candidate } = parent;
    const plan = planOf(engine, scenario, candidate);
    const donor = engine.compilePlan(scenario, String(random.int32() >>> 0));
    const momentUs = random.pick(parent.momentsUs);
    // It may have forgotten what it promised, and what it survives then is for the scenario to say.
    if (breaksPromises(plan) || breaksPromises(donor)) {
      const reseed = takenOver(plan.reseed ?? [], momentUs, random);
      return { seed: candidate.seed, change: { ...candidate.change, reseed } };
    }
    const setting: Setting = { parent, donor, momentUs, random };
    let change: Partial<Plan> = { ...candidate.change };
    for (let edits = 1 + random.below(EDITS_MAX); edits > 0; edits--) {
      change = { ...change, ...random.pick(EDITS)({ ...plan, ...change }, setting) };
    }
    return { seed: candidate.seed, change };
  };
}

interface Setting {
  readonly parent: Parent;
  /** Another plan of the scenario. */
  readonly donor: Plan;
  /** When the parent reached something new. */
  readonly momentUs: Micros;
  readonly random: Random;
}

type Edit = (plan: Plan, setting: Setting) => Partial<Plan>;

const moveFault: Edit = (plan, { random }) => {
  const at = drawnIndex(plan, random);
  if (at === null) return {};
  const moved = { ...plan.faults[at]!, atUs: nearUs(plan, plan.faults[at]!.atUs, random) };
  return { faults: inOrder(plan.faults.map((fault, i) => (i === at ? moved : fault))) };
};

/** A fault of the plan, or of another one, at the moment at which something new was reached. */
const addFault: Edit = (plan, { donor, momentUs, random }) => {
  const from = random.below(2) === 0 ? plan : donor;
  const at = drawnIndex(from, random);
  if (at === null) return {};
  const added: Fault = { ...from.faults[at]!, atUs: nearUs(plan, momentUs, random) };
  return { faults: inOrder([...plan.faults, added]) };
};

const dropFault: Edit = ({ faults }, { random }) => {
  if (faults.length < 2) return {};
  const at = random.below(faults.length);
  return { faults: faults.filter((_, i) => i !== at) };
};

/** Up to the moment the plan, then the other one. */
const otherEnd: Edit = ({ faults }, { donor, momentUs }) => ({
  faults: inOrder([
    ...faults.filter((fault) => fault.atUs < momentUs || !isHarmless(fault)),
    ...donor.faults.filter((fault) => fault.atUs >= momentUs && isHarmless(fault)),
  ]),
});

const turnKnob: Edit = ({ knobs }, { donor, random }) => {
  const name = random.pick(Object.keys(donor.knobs) as (keyof Knobs)[]);
  return { knobs: { ...knobs, [name]: donor.knobs[name] } };
};

const otherChance: Edit = ({ reseed = [] }, { momentUs, random }) => ({
  reseed: takenOver(reseed, momentUs, random),
});

const EDITS: readonly Edit[] = [moveFault, addFault, dropFault, otherEnd, turnKnob, otherChance];

/** Position of a fault that may be anywhere; null if there is none. */
function drawnIndex({ faults }: Plan, random: Random): number | null {
  const free = [...faults.keys()].filter((i) => isHarmless(faults[i]!));
  return free.length === 0 ? null : random.pick(free);
}

function nearUs({ durationUs }: Plan, us: Micros, random: Random): Micros {
  const drawn = us - NEAR_US + random.below(2 * NEAR_US);
  return Math.max(FAULTS_FROM_US, Math.min(durationUs - 1, drawn));
}
