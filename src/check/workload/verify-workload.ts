// Re-checks a verdict on a workload from the definition, read by read: whether what a violation names
// contradicts itself, or whether no read contradicts anything. Shares nothing with the judges.

import { type Datum, DatumMap, DatumSet, formatDatum } from '../format/datum.js';
import type { Call, WorkloadCertificate } from './calls.js';
import type { WorkloadName, WorkloadOptions } from './workload.js';

/** Pairs of calls compared for an `ok`; beyond them only every so many reads is looked at again. */
const PAIRS_MAX = 20_000_000;

/** A call with its values as text, since equal vectors are equal elements. */
interface Fact extends Call {
  readonly element: string;
  readonly elements: ReadonlySet<string>;
  /** Counts repetitions. */
  readonly elementCount: number;
}

/** Returns null if `certificate` holds, else what does not. */
export function verifyWorkload(
  name: WorkloadName,
  all: readonly Call[],
  certificate: WorkloadCertificate,
  options: WorkloadOptions = {},
): string | null {
  const calls = all.map((call): Fact => {
    const items = elements(call.answered);
    const element = formatDatum(call.asked);
    return { ...call, element, elements: new Set(items), elementCount: items.length };
  });
  const reads = calls
    .filter(({ f, outcome }) => f === 'read' && outcome === 'ok')
    .sort((a, b) => a.returnedAt - b.returnedAt);
  const wrong = (read: Fact): boolean => isWrong(name, read, reads, calls, options);
  if (certificate.evidence.length > 0) {
    const named = reads.filter(({ id }) => certificate.evidence.includes(id));
    return named.some(wrong) ? null : 'no read that is named contradicts anything';
  }
  const every = Math.max(1, Math.ceil((reads.length * calls.length) / PAIRS_MAX));
  const found = reads.find((read, i) => (i + 1 === reads.length || i % every === 0) && wrong(read));
  return found === undefined ? null : `read ${found.id} contradicts what other calls say`;
}

function isWrong(
  name: WorkloadName,
  read: Fact,
  reads: readonly Fact[],
  calls: readonly Fact[],
  options: WorkloadOptions,
): boolean {
  switch (name) {
    case 'bank': {
      const balances = balancesOf(read.answered);
      const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
      const negative = options.negativeBalances !== true && balances.some((one) => one < 0);
      if (options.total !== undefined) return negative || sum(balances) !== options.total;
      return negative || reads.some((other) => sum(balancesOf(other.answered)) !== sum(balances));
    }
    case 'counter': {
      let low = 0;
      let high = 0;
      for (const { f, outcome, asked, calledAt, returnedAt } of calls) {
        if (f !== 'add' || outcome === 'fail' || calledAt >= read.returnedAt) continue;
        const by = Number(asked);
        const certain = outcome === 'ok' && returnedAt < read.calledAt;
        if (certain || by < 0) low += by;
        if (certain || by > 0) high += by;
      }
      const value = Number(read.answered);
      return !(value >= low && value <= high);
    }
    case 'set': {
      if (read !== reads[reads.length - 1]) return false;
      return (
        isStranger(read, calls) ||
        adds(calls).some((add) => isBefore(add, read) && !shows(read, add))
      );
    }
    case 'set-full': {
      if (isStranger(read, calls) || read.elements.size < read.elementCount) return true;
      return adds(calls).some((add) => {
        if (shows(read, add)) return false;
        const before = reads.some((one) => one.returnedAt < read.calledAt && shows(one, add));
        const later = reads.some((one) => one.calledAt >= read.calledAt && shows(one, add));
        return (isBefore(add, read) || before) && !later;
      });
    }
    case 'long-fork':
      return reads.some((other) => {
        const [mine, theirs] = [seenKeys(read.answered), seenKeys(other.answered)];
        const same = [...mine.keys()].sort().join() === [...theirs.keys()].sort().join();
        const ahead = (a: ReadonlyMap<string, boolean>, b: ReadonlyMap<string, boolean>): boolean =>
          [...a].some(([key, saw]) => saw && b.get(key) === false);
        return same && ahead(mine, theirs) && ahead(theirs, mine);
      });
    case 'comments': {
      const writes = calls.filter(({ f, outcome }) => f === 'write' && outcome !== 'fail');
      const visible = writes.filter((write) => shows(read, write));
      return writes.some(
        (write) => !shows(read, write) && visible.some((other) => isBefore(write, other)),
      );
    }
  }
}

function adds(calls: readonly Fact[]): Fact[] {
  return calls.filter(({ f, outcome }) => f === 'add' && outcome !== 'fail');
}

function isBefore(a: Call, b: Call): boolean {
  return a.outcome === 'ok' && a.returnedAt < b.calledAt;
}

function shows(read: Fact, write: Fact): boolean {
  return read.elements.has(write.element);
}

function isStranger({ elements }: Fact, calls: readonly Fact[]): boolean {
  const added = new Set(adds(calls).map(({ element }) => element));
  return [...elements].some((element) => !added.has(element));
}

function elements(value: Datum): readonly string[] {
  const items = value instanceof DatumSet ? value.items : Array.isArray(value) ? value : [];
  return (items as readonly Datum[]).map((one) => formatDatum(one));
}

function balancesOf(value: Datum): number[] {
  return value instanceof DatumMap ? value.values.map(Number) : [];
}

function seenKeys(value: Datum): ReadonlyMap<string, boolean> {
  const keys = new Map<string, boolean>();
  if (!Array.isArray(value)) return keys;
  for (const operation of value as readonly Datum[]) {
    if (!Array.isArray(operation)) continue;
    keys.set(formatDatum(operation[1] ?? null), (operation[2] ?? null) !== null);
  }
  return keys;
}
