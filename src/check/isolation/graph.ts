// Dependency graphs as typed arrays: vertices are transactions and, after them, moments that carry the
// order of real time. Not here: which dependencies there are (list-append, rw-register).

/** Kinds of dependency, as bits, so that a set of them is a number. */
export const WW = 1;
export const WR = 2;
export const RW = 4;
export const PROCESS = 8;
export const REALTIME = 16;
/** A ww that follows from assumptions, where a wr between the same two shows the order by itself. */
export const WW_SHOWN = 32;
export const DATA = WW | WR | RW | WW_SHOWN;

/** A growing list of arcs. */
export class ArcList {
  length = 0;
  from = new Int32Array(1024);
  to = new Int32Array(1024);
  relation = new Uint8Array(1024);
  /** What the arc is about, for whoever made it: a key. */
  key = new Int32Array(1024);
  /** And a place in the order of the key's versions. */
  place = new Int32Array(1024);

  add(from: number, to: number, relation: number, key: number, place: number): void {
    const at = this.length++;
    if (at === this.from.length) this.grow();
    this.from[at] = from;
    this.to[at] = to;
    this.relation[at] = relation;
    this.key[at] = key;
    this.place[at] = place;
  }

  private grow(): void {
    const size = this.from.length * 2;
    const copy = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(size);
      grown.set(old);
      return grown;
    };
    this.from = copy(this.from);
    this.to = copy(this.to);
    this.key = copy(this.key);
    this.place = copy(this.place);
    const relation = new Uint8Array(size);
    relation.set(this.relation);
    this.relation = relation;
  }
}

/** Arcs by source: those of vertex v are `arcs[offsets[v]]` to `arcs[offsets[v + 1] - 1]`. */
export interface Adjacency {
  readonly count: number;
  readonly offsets: Int32Array;
  /** Target of each arc. */
  readonly targets: Int32Array;
  /** Its position in the list it came from. */
  readonly arcs: Int32Array;
}

/** Sorts arcs by source. Stable; O(vertices + arcs). */
export function adjacency(
  count: number,
  from: ArrayLike<number>,
  to: ArrayLike<number>,
  length: number,
): Adjacency {
  const offsets = new Int32Array(count + 1);
  for (let i = 0; i < length; i++) offsets[from[i]! + 1]!++;
  for (let v = 0; v < count; v++) offsets[v + 1]! += offsets[v]!;
  const next = offsets.slice(0, count);
  const targets = new Int32Array(length);
  const arcs = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const at = next[from[i]!]!++;
    targets[at] = to[i]!;
    arcs[at] = i;
  }
  return { count, offsets, targets, arcs };
}

export interface Components {
  /** Component of each vertex; an arc between two components leads to the lower number. */
  readonly of: Int32Array;
  readonly count: number;
  /** Whether some component has more than one vertex. */
  readonly cyclic: boolean;
}

/** Strongly connected components (Tarjan 1972), without recursion. O(vertices + arcs). */
export function components(graph: Adjacency): Components {
  const { count, offsets, targets } = graph;
  const of = new Int32Array(count).fill(-1);
  const order = new Int32Array(count);
  const low = new Int32Array(count);
  const cursor = new Int32Array(count);
  const stack = new Int32Array(count);
  const path = new Int32Array(count);
  let stacked = 0;
  let visited = 0;
  let found = 0;
  for (let root = 0; root < count; root++) {
    if (order[root] !== 0) continue;
    let depth = 0;
    path[0] = root;
    order[root] = low[root] = ++visited;
    cursor[root] = offsets[root]!;
    stack[stacked++] = root;
    while (depth >= 0) {
      const v = path[depth]!;
      const at = cursor[v]!;
      if (at < offsets[v + 1]!) {
        cursor[v] = at + 1;
        const w = targets[at]!;
        if (order[w] === 0) {
          path[++depth] = w;
          order[w] = low[w] = ++visited;
          cursor[w] = offsets[w]!;
          stack[stacked++] = w;
        } else if (of[w] === -1 && order[w]! < low[v]!) {
          low[v] = order[w]!;
        }
        continue;
      }
      depth--;
      if (low[v] === order[v]) {
        let w: number;
        do {
          w = stack[--stacked]!;
          of[w] = found;
        } while (w !== v);
        found++;
      }
      if (depth >= 0) {
        const parent = path[depth]!;
        if (low[v]! < low[parent]!) low[parent] = low[v]!;
      }
    }
  }
  return { of, count: found, cyclic: found < count };
}
