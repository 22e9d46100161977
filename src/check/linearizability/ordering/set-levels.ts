// Decides a set that nothing is removed from without a search, where every element is added once: those who read
// the whole set saw ever more of it, and between two of them lies all that only the second saw. That leaves an
// order with no choice, in which each operation can happen as early as what precedes it allows; there is no
// other, if that is too late for one. O(n log n), plus the elements that were read.
// Conditions, each checked: nothing is removed, no element is added twice.
// An add of unknown outcome that was seen happened; one that was not is left out.

import { deadlineUs, type Operation } from '../../history.js';
import type { LayerAnswer } from '../layer.js';
import type { Model } from '../model.js';
import type { SetElement, SetInput, SetOutput } from '../objects/set.js';
import { operationWords } from '../operation-words.js';
import { insertAnywhere } from '../real-time.js';

type SetOperation = Operation<SetInput, SetOutput>;
type Describe = Model<never, SetInput, SetOutput>['describeOperation'];

interface Wrong {
  readonly reason: string;
  /** That which cannot be placed first. */
  readonly operations: readonly SetOperation[];
}

/** What happens between two reads of the whole set that saw different elements, and the latter of them. */
interface Level {
  /** Who did not find an element that is added at this level. */
  readonly misses: SetOperation[];
  readonly adds: SetOperation[];
  /** Who found an element that is added at this level. */
  readonly finds: SetOperation[];
  readonly reads: SetOperation[];
}

/** The verdict on the operations of a set that is empty at first; null if the conditions do not hold. */
export function checkByLevels(
  operations: readonly SetOperation[],
  describe: Describe,
): LayerAnswer | null {
  const adds = new Map<SetElement, SetOperation>();
  const reads: SetOperation[] = [];
  const looks: SetOperation[] = [];
  const unseen: SetOperation[] = [];
  for (const operation of operations) {
    const { input, output, outcome } = operation;
    if (input.kind === 'remove') return null;
    if (output !== null && output.kind !== input.kind) return null;
    if (input.kind === 'add') {
      if (adds.has(input.element)) return null;
      adds.set(input.element, operation);
    } else if (outcome === 'unknown') continue;
    else if (output === null) unseen.push(operation);
    else (input.kind === 'read' ? reads : looks).push(operation);
  }
  const words = (operation: SetOperation): string => operationWords(operation, describe);
  const levels = levelsOf(adds, reads, looks, words);
  const order = 'reason' in levels ? levels : orderOf(levels, words);
  const steps = operations.length;
  if (!('reason' in order)) {
    return { verdict: 'ok', steps, ids: insertAnywhere(order, unseen, operations) };
  }
  const core = [...new Set(order.operations.map(({ id }) => id))];
  return { verdict: 'violation', steps, reason: order.reason, core };
}

function levelsOf(
  adds: ReadonlyMap<SetElement, SetOperation>,
  reads: readonly SetOperation[],
  looks: readonly SetOperation[],
  words: (operation: SetOperation) => string,
): readonly Level[] | Wrong {
  const levels: Level[] = [];
  /** Elements that were read so far. */
  const levelOf = new Map<SetElement, Level>();
  const begin = (): Level => {
    const level = { misses: [], adds: [], finds: [], reads: [] };
    levels.push(level);
    return level;
  };
  let level = begin();
  let last: SetOperation | null = null;
  const bySize = reads.slice().sort((a, b) => elementsOf(a).length - elementsOf(b).length);
  for (const read of bySize) {
    const elements = elementsOf(read);
    const before = last === null ? 0 : elementsOf(last).length;
    const isMore = elements.length > before;
    if (isMore && last !== null) level = begin();
    const repeated = firstRepeated(elements);
    if (repeated !== undefined) {
      const reason = `${words(read)} shows ${JSON.stringify(repeated)} twice`;
      return { reason, operations: [read] };
    }
    let known = 0;
    for (const element of elements) {
      if (levelOf.has(element)) {
        known++;
        continue;
      }
      const add = adds.get(element);
      if (add === undefined) {
        const reason = `${words(read)} shows ${JSON.stringify(element)} that nobody added`;
        return { reason, operations: [read] };
      }
      levelOf.set(element, level);
      level.adds.push(add);
    }
    if (known < before) {
      const reason = `each of ${words(last!)} and ${words(read)} shows something that the other does not`;
      return { reason, operations: [read, last!] };
    }
    level.reads.push(read);
    last = read;
  }
  if (last !== null) level = begin();
  const isFound = new Set<SetElement>();
  for (const look of looks) if (isFind(look)) isFound.add(elementIn(look));
  for (const [element, add] of adds) {
    if (levelOf.has(element) || (add.outcome === 'unknown' && !isFound.has(element))) continue;
    levelOf.set(element, level);
    level.adds.push(add);
  }
  for (const look of looks) {
    const own = levelOf.get(elementIn(look));
    if (own === undefined) {
      const reason = `${words(look)} found what nobody added`;
      if (isFind(look)) return { reason, operations: [look] };
      levels[0]!.misses.push(look);
    } else (isFind(look) ? own.finds : own.misses).push(look);
  }
  return levels;
}

/** When an operation happens, and which one's call that is. */
interface Moment {
  readonly operation: SetOperation;
  readonly atUs: number;
  readonly because: SetOperation;
}

/** Ids, each as early as possible. */
function orderOf(
  levels: readonly Level[],
  words: (operation: SetOperation) => string,
): readonly number[] | Wrong {
  const moments: Moment[] = [];
  let wrong: Wrong | null = null;
  const place = (operation: SetOperation, ...after: (Moment | null)[]): Moment => {
    const { callUs } = operation;
    let moment: Moment = { operation, atUs: callUs, because: operation };
    for (const one of after)
      if (one !== null && one.atUs > moment.atUs) moment = { ...one, operation };
    moments.push(moment);
    if (moment.atUs > deadlineUs(operation)) {
      const reason = `${words(operation)} had returned before ${words(moment.because)} was called, which has to precede it`;
      wrong ??= { reason, operations: [operation, moment.because] };
    }
    return moment;
  };
  const later = (a: Moment | null, b: Moment): Moment => (a === null || b.atUs > a.atUs ? b : a);
  /** The last of the reads, and the last of the adds that they saw. */
  let read: Moment | null = null;
  let seen: Moment | null = null;
  for (const level of levels) {
    const missed = new Map<SetElement, Moment>();
    for (const look of level.misses) {
      const element = elementIn(look);
      missed.set(element, later(missed.get(element) ?? null, place(look)));
    }
    const added = new Map<SetElement, Moment>();
    for (const add of level.adds) {
      const moment = place(add, read, missed.get(elementIn(add)) ?? null);
      added.set(elementIn(add), moment);
    }
    for (const look of level.finds) place(look, added.get(elementIn(look)) ?? null);
    for (const moment of added.values()) seen = later(seen, moment);
    const together = level.reads.map((one) => place(one, seen));
    for (const moment of together) read = later(read, moment);
  }
  if (wrong !== null) return wrong;
  // Stable: what has to come first was put first.
  return moments.sort((a, b) => a.atUs - b.atUs).map(({ operation }) => operation.id);
}

function firstRepeated(elements: readonly SetElement[]): SetElement | undefined {
  const met = new Set<SetElement>();
  return elements.find((element) => {
    if (met.has(element)) return true;
    met.add(element);
    return false;
  });
}

function elementsOf({ output }: SetOperation): readonly SetElement[] {
  return output?.kind === 'read' ? output.elements : [];
}

function elementIn({ input }: SetOperation): SetElement {
  return input.kind === 'read' ? '' : input.element;
}

function isFind({ output }: SetOperation): boolean {
  return output?.kind === 'contains' && output.found;
}
