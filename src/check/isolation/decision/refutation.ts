// The proof that no order exists: cycles, each of which rules out that all the choices it takes are made, and
// what follows from them. Written down as it is found, then only what the contradiction needs.
// Not here: checking it (verify-refutation.ts shares no code with this).

import type { Key } from '../transaction.js';

/** Ids of two transactions that wrote a key: the first before the second. */
export type Choice = readonly [before: number, after: number];

/** One arc of a cycle, by ids. A transaction's start precedes its commit, which goes without saying. */
export type CycleArc =
  | {
      readonly because: 'session' | 'read' | 'real-time' | 'writes';
      readonly before: number;
      readonly after: number;
    }
  | {
      readonly because: 'overwritten';
      readonly key: Key;
      /** Null: the initial state. */
      readonly source: number | null;
      readonly reader: number;
      readonly other: number;
    };

/**
 * `cycle`: not all the choices that its arcs take are made. `either`: at least one of these choices is made,
 * since the contrary of all of them, step by step through `from` (positions of earlier steps), is impossible.
 * Where all but one of a step's choices are ruled out, that one holds from then on; where all are, there is
 * no order.
 */
export type RefutationStep =
  | { readonly cycle: readonly CycleArc[] }
  | { readonly either: readonly Choice[]; readonly from: readonly number[] };

/** The order in which an arc takes two transactions to have written; null if it takes none. */
export function choiceTaken(arc: CycleArc): Choice | null {
  if (arc.because === 'writes') return [arc.before, arc.after];
  if (arc.because === 'overwritten' && arc.source !== null) return [arc.source, arc.other];
  return null;
}

/** One of the choices is made. */
export function clauseOf(step: RefutationStep): readonly Choice[] {
  if ('either' in step) return step.either;
  const choices: Choice[] = [];
  for (const arc of step.cycle) {
    const taken = choiceTaken(arc);
    if (taken !== null) choices.push([taken[1], taken[0]]);
  }
  return choices;
}

/** The steps that the first contradiction needs, in their order. O(size of the steps). */
export function needed(steps: readonly RefutationStep[]): RefutationStep[] {
  const clauses = steps.map(clauseOf);
  const name = ([before, after]: Choice): string => `${before} ${after}`;
  // What holds from which step on.
  const since = new Map<string, number>();
  let last = 0;
  for (const [at, clause] of clauses.entries()) {
    last = at;
    const open = new Set(clause.filter(([a, b]) => !since.has(name([b, a]))).map(name));
    if (open.size === 0) break;
    const [only] = open;
    if (open.size === 1 && !since.has(only!)) since.set(only!, at);
  }
  const kept = new Uint8Array(steps.length);
  kept[last] = 1;
  for (let at = last; at >= 0; at--) {
    if (kept[at] === 0) continue;
    const step = steps[at]!;
    const used = 'either' in step ? step.from : [];
    for (const clause of [clauses[at]!, ...used.map((from) => clauses[from]!)]) {
      for (const [before, after] of clause) {
        const ruledOut = since.get(name([after, before]));
        if (ruledOut !== undefined && ruledOut < at) kept[ruledOut] = 1;
      }
    }
    for (const from of used) kept[from] = 1;
  }
  const positions = new Map<number, number>();
  const out: RefutationStep[] = [];
  for (const [at, step] of steps.entries()) {
    if (kept[at] === 0) continue;
    positions.set(at, out.length);
    if ('cycle' in step) out.push(step);
    else out.push({ either: step.either, from: step.from.map((from) => positions.get(from)!) });
  }
  return out;
}

/** The transactions whose doings a proof speaks of, in ascending order. */
export function mentioned(steps: readonly RefutationStep[]): number[] {
  const ids = new Set<number>();
  for (const step of steps) {
    if (!('cycle' in step)) continue;
    for (const arc of step.cycle) {
      if (arc.because === 'overwritten') {
        if (arc.source !== null) ids.add(arc.source);
        ids.add(arc.reader).add(arc.other);
      } else ids.add(arc.before).add(arc.after);
    }
  }
  return [...ids].sort((a, b) => a - b);
}
