// Decides a text that is put, appended to and read without a search, where what was read tells which operations
// it grew by: with its reads these form a cluster that lies in one piece in every legal order, and in one order
// but for reads of the same text. O(n log n), plus the length of what was read.
// Not here: what texts consist of (growth.ts). Conditions, each checked: no text is written twice or empty, and
// none that was read can be taken apart in two ways.
//
// A legal order exists exactly if all that was read can be taken apart, texts with one beginning agree, no
// cluster's own order contradicts real time, and no two clusters have to come before each other (zone-order.ts).
// An effect that nobody saw is a cluster by itself: what anybody saw next had a put before it.
// An effect of unknown outcome that was seen happened, and returns at infinity; one that was not is left out.

import { deadlineUs, type Operation } from '../../history.js';
import type { LayerAnswer } from '../layer.js';
import type { Model } from '../model.js';
import type { KvInput, KvOutput } from '../objects/kv.js';
import { operationWords } from '../operation-words.js';
import { insertAnywhere } from '../real-time.js';
import { Growth, type Piece, Pieces } from './growth.js';
import { firstConflict, inOrder } from './zone-order.js';

type KvOperation = Operation<KvInput, KvOutput>;

type Describe = Model<never, KvInput, KvOutput>['describeOperation'];

/** Places of operations in the history. */
interface Cluster {
  /** As they lie in every legal order. */
  readonly places: readonly number[];
  /** A read that shows that; -1 if there is none. */
  readonly witness: number;
}

/** A contradiction, and the places of the operations that make it, the one that cannot be placed first. */
interface Wrong {
  readonly reason: string;
  readonly places: readonly number[];
}

/**
 * The verdict on the operations of one key, in call order and without failed ones, that holds `initial` at
 * first; null if the conditions do not hold.
 */
export function checkByGrowingZones(
  operations: readonly KvOperation[],
  initial: string,
  describe: Describe,
): LayerAnswer | null {
  const pieces: Piece[] = [];
  const texts = new Set<string>();
  const unseen: KvOperation[] = [];
  for (const [place, operation] of operations.entries()) {
    const { input, output, outcome } = operation;
    if (input.kind === 'get') {
      if (outcome !== 'ok') continue;
      if (output === null) unseen.push(operation);
      else if (output.value === null) return null;
      continue;
    }
    if (input.value === '' || texts.has(input.value)) return null;
    if (output !== null && output.value !== null) return null;
    texts.add(input.value);
    pieces.push({ place, text: input.value, begins: input.kind === 'put' });
  }
  const words = (place: number): string => operationWords(operations[place]!, describe);
  const clusters = clustersOf(operations, pieces, initial, words);
  if (clusters === null) return null;
  const steps = operations.length;
  const order = 'reason' in clusters ? clusters : orderOf(clusters, operations, words);
  if ('reason' in order) {
    const core = new Set(order.places.filter((place) => place >= 0));
    const ids = Array.from(core, (place) => operations[place]!.id);
    return { verdict: 'violation', steps, reason: order.reason, core: ids };
  }
  const ids = order.map((place) => operations[place]!.id);
  return { verdict: 'ok', steps, ids: insertAnywhere(ids, unseen, operations) };
}

/** The first is that of the text at first. Null if some text can be taken apart in two ways. */
function clustersOf(
  operations: readonly KvOperation[],
  pieces: readonly Piece[],
  initial: string,
  words: (place: number) => string,
): readonly Cluster[] | Wrong | null {
  const known = new Pieces(pieces);
  const growths = new Map<Piece | null, Growth>([[null, new Growth(null, initial)]]);
  /** Whose an append or a put is, once it was seen. */
  const owners = new Map<Piece, Growth>();
  for (const [place, { input, output, outcome }] of operations.entries()) {
    if (input.kind !== 'get' || outcome !== 'ok' || output === null) continue;
    const text = output.value ?? '';
    const bases = known.at(text, 0).filter(({ begins }) => begins);
    const isOfFirst = text.startsWith(initial);
    // With no text at first, what begins with a put may as well begin with appends.
    const ways =
      initial === '' && text !== '' ? known.at(text, 0).length : bases.length + Number(isOfFirst);
    if (ways > 1) return null;
    if (ways === 0) {
      return { reason: `${words(place)} returned what nobody wrote`, places: [place] };
    }
    const base = bases[0] ?? null;
    const growth = growths.get(base) ?? new Growth(base, '');
    growths.set(base, growth);
    if (base !== null) owners.set(base, growth);
    if (text.startsWith(growth.text)) {
      while (growth.text.length < text.length) {
        const next = known.at(text, growth.text.length).filter(({ begins }) => !begins);
        if (next.length > 1) return null;
        const [piece] = next;
        if (piece === undefined) {
          return { reason: `${words(place)} returned what nobody wrote`, places: [place] };
        }
        const owner = owners.get(piece);
        if (owner !== undefined) {
          const writer = words(piece.place);
          const reason =
            owner === growth
              ? `${words(place)} returned twice what was written once, by ${writer}`
              : `what ${writer} wrote was returned behind different texts, by ${words(owner.witness)} and by ${words(place)}`;
          return { reason, places: [place, owner.witness, piece.place] };
        }
        owners.set(piece, growth);
        growth.append(piece);
      }
    } else if (!growth.text.startsWith(text)) {
      const reason = `of what ${words(growth.witness)} and ${words(place)} returned, neither is a beginning of the other`;
      return { reason, places: [place, growth.witness] };
    }
    if (growth.read(text, place)) continue;
    const reason = `${words(place)} returned only a part of what one append wrote, as ${words(growth.witness)} shows`;
    return { reason, places: [place, growth.witness] };
  }
  const clusters = Array.from(growths.values(), clusterOf);
  for (const piece of pieces) {
    if (owners.has(piece) || operations[piece.place]!.outcome === 'unknown') continue;
    clusters.push({ places: [piece.place], witness: -1 });
  }
  return clusters;
}

function clusterOf({ base, appends, reads, witness }: Growth): Cluster {
  const places = base === null ? [] : [base.place];
  for (const [i, ofText] of reads.entries()) {
    if (i > 0) places.push(appends[i - 1]!.place);
    for (const place of ofText) places.push(place);
  }
  return { places, witness };
}

/** Places in a legal order. */
function orderOf(
  clusters: readonly Cluster[],
  operations: readonly KvOperation[],
  words: (place: number) => string,
): readonly number[] | Wrong {
  const called = (place: number): number => operations[place]!.callUs;
  const returned = (place: number): number => deadlineUs(operations[place]!);
  const firstReturnUs = new Float64Array(clusters.length).fill(Infinity);
  const lastCallUs = new Float64Array(clusters.length).fill(-Infinity);
  /** The text at first was there before anything was called: -1. */
  const firstReturned = new Int32Array(clusters.length).fill(-1);
  const lastCalled = new Int32Array(clusters.length).fill(-1);
  for (const [i, { places, witness }] of clusters.entries()) {
    for (const place of places) {
      const latest = lastCalled[i]!;
      if (returned(place) < lastCallUs[i]!) {
        const reason = `${words(place)} had returned before ${words(latest)} was called, but what was read puts them the other way round`;
        // A read is wrong sooner than a write.
        const isStale = operations[latest]!.input.kind === 'get';
        const pair = isStale ? [latest, place] : [place, latest];
        return { reason, places: [...pair, witness] };
      }
      if (returned(place) < firstReturnUs[i]!) {
        firstReturnUs[i] = returned(place);
        firstReturned[i] = place;
      }
      if (called(place) <= lastCallUs[i]!) continue;
      lastCallUs[i] = called(place);
      lastCalled[i] = place;
    }
  }
  firstReturnUs[0] = -Infinity;
  firstReturned[0] = -1;
  const zones = { firstReturnUs, lastCallUs };
  const order = inOrder([...clusters.keys()], zones);
  const conflict = firstConflict(order, zones);
  if (conflict === null) return order.flatMap((i) => clusters[i]!.places);
  const [a, b] = conflict;
  const places = [lastCalled[a]!, firstReturned[b]!, lastCalled[b]!, firstReturned[a]!];
  const mustPrecede = (first: number, second: number): string => {
    const returned = firstReturned[first]!;
    const called = words(lastCalled[second]!);
    return returned < 0
      ? `the key held what it held at first before ${called} was called`
      : `${words(returned)} had returned before ${called} was called`;
  };
  const reason = `two texts must each have come before the other: ${mustPrecede(a, b)}, and ${mustPrecede(b, a)}`;
  return { reason, places: [...places, clusters[a]!.witness, clusters[b]!.witness] };
}
