// Re-checks a proof that no order exists, against the history alone: that each arc of each cycle is there,
// that the cycles join, and that nothing is left open in the end. Linear in the proof; no search.
// Shares nothing with the deciders but types.

import type { DecisionFacts } from './decision-facts.js';
import type { SearchedLevel } from './polygraph.js';
import type { Choice, CycleArc, RefutationStep } from './refutation.js';

/** Returns null if the steps leave no order possible, else the first thing that they fail to show. */
export function verifyRefutation(
  facts: DecisionFacts,
  level: SearchedLevel,
  steps: readonly RefutationStep[],
): string | null {
  /** Who wrote before whom, for sure. */
  const certain = new Set<string>();
  const clauses: (readonly Choice[])[] = [];
  for (const [at, step] of steps.entries()) {
    const clause = 'cycle' in step ? contraries(step.cycle) : step.either;
    const wrong =
      'cycle' in step
        ? verifyCycle(facts, level, step.cycle)
        : verifyEither(facts, step.either, { at, from: step.from, clauses, certain });
    if (wrong !== null) return `step ${at + 1}: ${wrong}`;
    clauses.push(clause);
    const open = possible(clause, certain);
    if (open.size === 0) return null;
    const [only] = open;
    if (open.size === 1) certain.add(only!);
  }
  return 'the steps leave an order possible';
}

function named([before, after]: Choice): string {
  return `${before} before ${after}`;
}

function contrary([before, after]: Choice): Choice {
  return [after, before];
}

/** Of these choices, those that have not been ruled out. */
function possible(clause: readonly Choice[], certain: ReadonlySet<string>): Set<string> {
  return new Set(clause.filter((choice) => !certain.has(named(contrary(choice)))).map(named));
}

/** A cycle cannot be: not all of what it takes for granted holds. */
function contraries(cycle: readonly CycleArc[]): Choice[] {
  return cycle.flatMap((arc): Choice[] => {
    if (arc.because === 'writes') return [[arc.after, arc.before]];
    // The initial state was before everything.
    if (arc.because !== 'overwritten' || arc.source === null) return [];
    return [[arc.other, arc.source]];
  });
}

/** If none of `either` held, each step of `from` would leave one choice, and the last one none. */
function verifyEither(
  facts: DecisionFacts,
  either: readonly Choice[],
  context: {
    readonly at: number;
    readonly from: readonly number[];
    readonly clauses: readonly (readonly Choice[])[];
    readonly certain: ReadonlySet<string>;
  },
): string | null {
  for (const [a, b] of either) if (!bothWrite(facts, a, b)) return `T${a} and T${b} share no key`;
  const supposed = new Set(context.certain);
  for (const choice of either) supposed.add(named(contrary(choice)));
  for (const from of context.from) {
    const clause = context.clauses[from];
    if (clause === undefined) return 'it builds on a later step';
    const open = possible(clause, supposed);
    if (open.size === 0) return null;
    const [only] = open;
    if (open.size > 1) return `step ${from + 1} leaves more than one choice`;
    supposed.add(only!);
  }
  return 'it does not follow';
}

/** The moments of a transaction that an arc leads from and to. */
interface Ends {
  readonly from: readonly [id: number, moment: 'start' | 'commit'];
  readonly to: readonly [id: number, moment: 'start' | 'commit'];
}

function verifyCycle(
  facts: DecisionFacts,
  level: SearchedLevel,
  cycle: readonly CycleArc[],
): string | null {
  if (cycle.length === 0) return 'there is no cycle';
  const isOneMoment = level === 'serializable' || level === 'strict-serializable';
  for (const [i, arc] of cycle.entries()) {
    if (!isThere(facts, level, arc)) return `arc ${i + 1} (${arc.because}) is not there`;
    const { to } = endsOf(arc, level);
    const { from } = endsOf(cycle[(i + 1) % cycle.length]!, level);
    // From a start to the same transaction's commit goes without saying, but not back.
    const joins = isOneMoment || to[1] === from[1] || to[1] === 'start';
    if (to[0] !== from[0] || !joins) return `arc ${i + 1} does not join the next`;
  }
  return null;
}

function endsOf(arc: CycleArc, level: SearchedLevel): Ends {
  if (arc.because === 'overwritten') {
    return { from: [arc.reader, 'start'], to: [arc.other, 'commit'] };
  }
  const from = [arc.before, 'commit'] as const;
  // Under prefix consistency those that write a key may overlap, if one commits after the other.
  const overlaps = arc.because === 'writes' && level === 'prefix';
  return { from, to: [arc.after, overlaps ? 'commit' : 'start'] };
}

function isThere(facts: DecisionFacts, level: SearchedLevel, arc: CycleArc): boolean {
  if (arc.because === 'overwritten') {
    const { key, source, reader, other } = arc;
    if (other === reader || other === source) return false;
    if (!isLive(facts, reader) || !isLive(facts, other)) return false;
    if (source !== null && !isLive(facts, source)) return false;
    if (!facts.writes(facts.byId.get(other)!, key)) return false;
    return facts
      .sources(facts.byId.get(reader)!)
      .some((read) => read.key === key && read.source === source);
  }
  const { because, before, after } = arc;
  if (!isLive(facts, before) || !isLive(facts, after)) return false;
  switch (because) {
    case 'session':
      return facts.isBeforeInSession(before, after);
    case 'read':
      return facts.sources(facts.byId.get(after)!).some(({ source }) => source === before);
    case 'real-time': {
      const [first, second] = [facts.byId.get(before)!, facts.byId.get(after)!];
      if (level !== 'strict-serializable' || first.outcome !== 'ok') return false;
      return first.returnedAt < second.calledAt;
    }
    case 'writes':
      return bothWrite(facts, before, after);
  }
}

function isLive(facts: DecisionFacts, id: number): boolean {
  const one = facts.byId.get(id);
  return one !== undefined && facts.isLive(one);
}

function bothWrite(facts: DecisionFacts, a: number, b: number): boolean {
  if (a === b || !isLive(facts, a) || !isLive(facts, b)) return false;
  const keys = facts.keysWritten(facts.byId.get(a)!);
  return [...facts.keysWritten(facts.byId.get(b)!)].some((key) => keys.has(key));
}
