// What the runs of one scenario have reached, and which of them reached something first: there it is worth going again.
// Not here: how a run is varied (branch.ts, mutate.ts), and when (guided.ts).

import type { Micros } from '../../base/ids.js';
import type { Random } from '../../base/random.js';
import type { Candidate } from '../candidate.js';
import type { RunOutcome } from '../execute.js';

/** A run that reached something new. */
export interface Parent {
  readonly candidate: Candidate;
  /** When it was first in each of the states that no run before had reached. */
  readonly momentsUs: readonly Micros[];
  /** How much was new. */
  readonly score: number;
  /** Runs that came of it so far. */
  children: number;
}

/** A mark tells more than a state: there are few of them. */
const MARK_SCORE = 10;
/** Better ones push out worse ones. */
const PARENTS_MAX = 16;
const CHILDREN_MAX = 8;

export class Territory {
  private readonly states = new Set<number>();
  private readonly marks = new Set<string>();
  private parents: Parent[] = [];

  /** Books what a run reached. One that failed is no parent: its children would fail alike. */
  learn({ candidate, result, signature, marks }: RunOutcome): void {
    const momentsUs: Micros[] = [];
    for (const { state, atUs } of signature ?? []) {
      if (this.states.has(state)) continue;
      this.states.add(state);
      momentsUs.push(atUs);
    }
    const newMarks = (marks ?? []).filter((mark) => !this.marks.has(mark));
    for (const mark of newMarks) this.marks.add(mark);
    if (result.verdict !== 'pass' || momentsUs.length === 0) return;
    const score = momentsUs.length + MARK_SCORE * newMarks.length;
    this.parents.push({ candidate, momentsUs, score, children: 0 });
    // Array.sort is stable: among equals the older one stays first.
    this.parents.sort((a, b) => b.score - a.score);
    this.parents.length = Math.min(this.parents.length, PARENTS_MAX);
  }

  /** A parent for one more run, the better the likelier; null if there is none. Draws twice. */
  pick(random: Random): Parent | null {
    const [a, b] = [random.int32() >>> 0, random.int32() >>> 0];
    const { parents } = this;
    if (parents.length === 0) return null;
    // The better of two drawn at random.
    const parent = parents[Math.min(a % parents.length, b % parents.length)]!;
    parent.children += 1;
    if (parent.children >= CHILDREN_MAX) this.parents = parents.filter((one) => one !== parent);
    return parent;
  }
}
