// Finds the worst cycles of a dependency graph: one of each kind in every strongly connected component,
// as short as a bounded number of tries makes it. Whether a kind occurs is decided exactly, in
// polynomial time, but for one case (see `SINGLE_WORDS_MAX`).
// Not here: what a cycle rules out (consistency-model), or why an arc is there (list-append, rw-register).

import { impliedAnomalies } from './consistency-model.js';
import {
  type Adjacency,
  type ArcList,
  adjacency,
  components,
  PROCESS,
  REALTIME,
  RW,
  WR,
  WW,
  WW_SHOWN,
} from './graph.js';

export interface Cycle {
  /** For example `G-single-item-realtime`. */
  readonly anomaly: string;
  /** Positions in the arc list, each arc starting where the one before ends. */
  readonly arcs: readonly number[];
}

export interface CycleSearch {
  readonly cycles: readonly Cycle[];
  /** Arcs looked at. */
  readonly steps: number;
}

/** Candidates for which a shortest cycle is sought before the best one is taken. */
const TRIES_MAX = 32;
/** Arcs all tries together may look at; the first try is always finished. */
const TRY_STEPS_MAX = 4_000_000;
/**
 * Work, in words, to tell whether exactly one anti-dependency suffices. Beyond it a cycle of that kind
 * is reported as G-nonadjacent, which is true too but rules out fewer models. A component of 50,000
 * transactions stays below it.
 */
const SINGLE_WORDS_MAX = 2_000_000_000;
/** Targets whose reachability is computed at once, in words of 32. */
const BLOCK_WORDS = 16;

const EXTRAS: readonly (readonly [suffix: string, relation: number])[] = [
  ['', 0],
  ['-process', PROCESS],
  ['-realtime', REALTIME],
];

/**
 * Searches every component of the graph of all `arcs`. Vertices from `transactions` on are moments.
 * O(vertices + arcs) if there is no cycle.
 */
export function findCycles(arcs: ArcList, vertices: number, transactions: number): CycleSearch {
  const whole = adjacency(vertices, arcs.from, arcs.to, arcs.length);
  const { of, cyclic } = components(whole);
  if (!cyclic) return { cycles: [], steps: arcs.length };
  const inside = new Map<number, number[]>();
  for (let i = 0; i < arcs.length; i++) {
    const component = of[arcs.from[i]!]!;
    if (component !== of[arcs.to[i]!]) continue;
    const list = inside.get(component);
    if (list === undefined) inside.set(component, [i]);
    else list.push(i);
  }
  const cycles: Cycle[] = [];
  const local = new Int32Array(vertices).fill(-1);
  let steps = arcs.length;
  for (const list of inside.values()) {
    const search = new ComponentSearch(arcs, list, local, transactions);
    cycles.push(...search.run());
    steps += search.steps;
  }
  return { cycles, steps };
}

/** One strongly connected component, renumbered from 0. */
class ComponentSearch {
  steps = 0;
  private readonly count: number;
  private readonly from: Int32Array;
  private readonly to: Int32Array;
  private readonly relation: Uint8Array;
  /** 0 for arcs that lead on from a moment, else 1. */
  private readonly cost: Uint8Array;
  private readonly global: readonly number[];
  private readonly present: number;

  constructor(arcs: ArcList, list: readonly number[], local: Int32Array, transactions: number) {
    const size = list.length;
    this.global = list;
    this.from = new Int32Array(size);
    this.to = new Int32Array(size);
    this.relation = new Uint8Array(size);
    this.cost = new Uint8Array(size);
    let count = 0;
    let present = 0;
    const number = (vertex: number): number => {
      if (local[vertex] === -1) local[vertex] = count++;
      return local[vertex]!;
    };
    for (let i = 0; i < size; i++) {
      const at = list[i]!;
      const from = arcs.from[at]!;
      this.from[i] = number(from);
      this.to[i] = number(arcs.to[at]!);
      this.relation[i] = arcs.relation[at]!;
      this.cost[i] = from < transactions ? 1 : 0;
      present |= arcs.relation[at]!;
    }
    this.count = count;
    this.present = present;
  }

  run(): Cycle[] {
    const found: Cycle[] = [];
    const known = new Set<string>();
    for (const [suffix, extra] of EXTRAS) {
      if (extra !== 0 && (this.present & extra) === 0) continue;
      const flow = WW | WR | extra;
      // With time, what a read shows as well is called by the read, as in Elle.
      const writes = extra === 0 ? WW | WW_SHOWN : WW;
      this.look(`G0${suffix}`, found, known, () => this.through(writes, writes | extra));
      this.look(`G1c${suffix}`, found, known, () => this.through(WR, flow));
      this.look(`G-single-item${suffix}`, found, known, () => this.single(flow));
      this.look(`G-nonadjacent-item${suffix}`, found, known, () => this.nonadjacent(flow));
      this.look(`G2-item${suffix}`, found, known, () => this.through(RW, flow | RW));
    }
    return found;
  }

  /** Kinds of which a worse one was found are left out, so a cycle found is exactly of its kind. */
  private look(
    anomaly: string,
    found: Cycle[],
    known: Set<string>,
    search: () => readonly number[] | null,
  ): void {
    if (known.has(anomaly)) return;
    const cycle = search();
    if (cycle === null) return;
    found.push({ anomaly, arcs: cycle.map((arc) => this.global[arc]!) });
    for (const implied of impliedAnomalies(anomaly)) known.add(implied);
  }

  /** A short cycle of `mask` arcs with a `needed` one, or null. Exact: such an arc lies on a cycle if its ends share a component. */
  private through(needed: number, mask: number): number[] | null {
    const plain = this.subgraph(mask);
    const { of } = components(plain.graph);
    const candidates: number[] = [];
    for (let i = 0; i < this.from.length; i++) {
      if ((this.relation[i]! & needed) === 0) continue;
      if (of[this.from[i]!] === of[this.to[i]!]) candidates.push(i);
    }
    return this.shortest(
      candidates,
      plain,
      (v) => v,
      (v) => v,
    );
  }

  /** A short cycle with exactly one anti-dependency, or null. */
  private single(flow: number): number[] | null {
    const candidates = this.nonadjacentCandidates(flow);
    if (candidates.length === 0) return null;
    const plain = this.subgraph(flow);
    const { of, count } = components(plain.graph);
    const condensed = this.condensed(plain, of, count);
    const sources = [...new Set(candidates.map((arc) => of[this.from[arc]!]!))];
    const blocks = Math.ceil(sources.length / (BLOCK_WORDS * 32));
    if (blocks * condensed.targets.length * BLOCK_WORDS > SINGLE_WORDS_MAX) return null;
    for (let block = 0; block < blocks; block++) {
      const goals = new Map<number, number>();
      for (const goal of sources.slice(block * BLOCK_WORDS * 32, (block + 1) * BLOCK_WORDS * 32)) {
        goals.set(goal, goals.size);
      }
      const reach = this.reachability(condensed, goals);
      const closing = candidates.filter((arc) => {
        const bit = goals.get(of[this.from[arc]!]!);
        if (bit === undefined) return false;
        const word = reach[of[this.to[arc]!]! * BLOCK_WORDS + (bit >> 5)]!;
        return ((word >>> (bit & 31)) & 1) === 1;
      });
      if (closing.length > 0)
        return this.shortest(
          closing,
          plain,
          (v) => v,
          (v) => v,
        );
    }
    return null;
  }

  /** A short closed walk on which no two anti-dependencies follow each other, or null. Exact. */
  private nonadjacent(flow: number): number[] | null {
    const split = this.split(flow);
    const candidates = this.nonadjacentCandidates(flow, split);
    return this.shortest(
      candidates,
      split,
      (v) => 2 * v,
      (v) => 2 * v + 1,
    );
  }

  private nonadjacentCandidates(flow: number, split = this.split(flow)): number[] {
    const { of } = components(split.graph);
    const candidates: number[] = [];
    for (let i = 0; i < this.from.length; i++) {
      if (this.relation[i] !== RW) continue;
      if (of[2 * this.from[i]! + 1] === of[2 * this.to[i]!]) candidates.push(i);
    }
    return candidates;
  }

  /**
   * Every vertex twice: v as 2v, where anything may have led to it, and as 2v + 1, reached by flow. An
   * anti-dependency leads from 2v + 1 to 2w, flow from 2v to 2w + 1, and 2v + 1 to 2v for free: so two
   * anti-dependencies never follow each other.
   */
  private split(flow: number): Subgraph {
    const from: number[] = [];
    const to: number[] = [];
    const arcs: number[] = [];
    for (let i = 0; i < this.from.length; i++) {
      const relation = this.relation[i]!;
      if ((relation & flow) !== 0) {
        from.push(2 * this.from[i]!);
        to.push(2 * this.to[i]! + 1);
      } else if (relation === RW) {
        from.push(2 * this.from[i]! + 1);
        to.push(2 * this.to[i]!);
      } else continue;
      arcs.push(i);
    }
    for (let v = 0; v < this.count; v++) {
      from.push(2 * v + 1);
      to.push(2 * v);
      arcs.push(-1);
    }
    return { graph: adjacency(2 * this.count, from, to, from.length), arcs };
  }

  private subgraph(mask: number): Subgraph {
    const arcs: number[] = [];
    for (let i = 0; i < this.from.length; i++) {
      if ((this.relation[i]! & mask) !== 0) arcs.push(i);
    }
    const from = arcs.map((arc) => this.from[arc]!);
    const to = arcs.map((arc) => this.to[arc]!);
    return { graph: adjacency(this.count, from, to, arcs.length), arcs };
  }

  private condensed(plain: Subgraph, of: Int32Array, count: number): Adjacency {
    const from: number[] = [];
    const to: number[] = [];
    for (const arc of plain.arcs) {
      const a = of[this.from[arc]!]!;
      const b = of[this.to[arc]!]!;
      if (a === b) continue;
      from.push(a);
      to.push(b);
    }
    return adjacency(count, from, to, from.length);
  }

  /** For every component the goals that can be reached from it, as bits. Arcs lead to lower numbers. */
  private reachability(condensed: Adjacency, goals: ReadonlyMap<number, number>): Int32Array {
    const { count, offsets, targets } = condensed;
    const reach = new Int32Array(count * BLOCK_WORDS);
    for (const [goal, bit] of goals) reach[goal * BLOCK_WORDS + (bit >> 5)]! |= 1 << (bit & 31);
    for (let c = 0; c < count; c++) {
      const own = c * BLOCK_WORDS;
      for (let at = offsets[c]!; at < offsets[c + 1]!; at++) {
        const other = targets[at]! * BLOCK_WORDS;
        for (let word = 0; word < BLOCK_WORDS; word++) reach[own + word]! |= reach[other + word]!;
      }
    }
    this.steps += targets.length;
    return reach;
  }

  /** The shortest cycle through one of the `candidates`: each arc closed by a path back to its start. */
  private shortest(
    candidates: readonly number[],
    subgraph: Subgraph,
    start: (vertex: number) => number,
    goal: (vertex: number) => number,
  ): number[] | null {
    let best: number[] | null = null;
    let bestCost = Number.POSITIVE_INFINITY;
    const spread = Math.max(1, Math.floor(candidates.length / TRIES_MAX));
    const before = this.steps;
    for (let at = 0; at < candidates.length; at += spread) {
      if (best !== null && this.steps - before > TRY_STEPS_MAX) break;
      const arc = candidates[at]!;
      const path = this.path(subgraph, start(this.to[arc]!), goal(this.from[arc]!));
      if (path === null) continue;
      const cycle = [arc, ...path];
      let cost = 0;
      for (const one of cycle) cost += this.cost[one]!;
      if (cost < bestCost) {
        best = cycle;
        bestCost = cost;
      }
      if (cost <= 2) break;
    }
    return best;
  }

  /** A cheapest path: breadth first, where arcs that cost nothing stay on the level. */
  private path(subgraph: Subgraph, start: number, goal: number): number[] | null {
    const { graph, arcs } = subgraph;
    const distance = new Int32Array(graph.count).fill(-1);
    const by = new Int32Array(graph.count).fill(-1);
    const previous = new Int32Array(graph.count).fill(-1);
    distance[start] = 0;
    let level = [start];
    for (let d = 0; level.length > 0; d++) {
      const next: number[] = [];
      for (let i = 0; i < level.length; i++) {
        const v = level[i]!;
        if (distance[v] !== d) continue;
        for (let at = graph.offsets[v]!; at < graph.offsets[v + 1]!; at++) {
          this.steps++;
          const w = graph.targets[at]!;
          const arc = arcs[graph.arcs[at]!]!;
          const cost = arc === -1 ? 0 : this.cost[arc]!;
          const known = distance[w]!;
          if (known !== -1 && known <= d + cost) continue;
          distance[w] = d + cost;
          by[w] = arc;
          previous[w] = v;
          if (cost === 0) level.push(w);
          else next.push(w);
        }
      }
      if (distance[goal] !== -1 && distance[goal]! <= d) break;
      level = next;
    }
    if (distance[goal] === -1) return null;
    const path: number[] = [];
    for (let v = goal; v !== start; v = previous[v]!) if (by[v] !== -1) path.push(by[v]!);
    return path.reverse();
  }
}

interface Subgraph {
  readonly graph: Adjacency;
  /** What each of the graph's arcs stands for; -1 for none. */
  readonly arcs: readonly number[];
}
