// Says what is wrong in one sentence, with the values that show it.

import type { Dependency, Finding, VersionStep } from './finding.js';
import type { Key, Value } from './transaction.js';

/**
 * `G-single-item: T3 read x = [1], without the 2 that T5 appended; ...`. `read` tells what a transaction
 * read of a list, as text; for registers it is left out.
 */
export function sentence(finding: Finding, read: ReadOf | null): string {
  switch (finding.kind) {
    case 'cycle': {
      const steps = finding.steps.map((one) => (read === null ? step(one) : listStep(one, read)));
      return `${finding.anomaly}: ${steps.join('; ')}; so each would have to precede the other`;
    }
    case 'direct':
      return `${finding.anomaly}: ${finding.text}`;
    case 'cyclic-versions':
      return `cyclic-versions: ${finding.key} would go ${finding.steps.map((one) => versionStep(one)).join(', ')}`;
  }
}

export type ReadOf = (id: number, key: Key, last: Value | null) => string;

function listStep(one: Dependency, read: ReadOf): string {
  const { from, to } = one;
  switch (one.relation) {
    case 'ww':
      return `T${from} appended ${String(one.value)} to ${one.key} before T${to} appended ${String(one.next)}`;
    case 'wr':
      return `T${to} read ${one.key} = ${read(to, one.key, one.value)}, with the ${String(one.value)} that T${from} appended`;
    case 'rw':
      return `T${from} read ${one.key} = ${read(from, one.key, one.value)}, without the ${String(one.next)} that T${to} appended`;
    default:
      return step(one);
  }
}

function step(one: Dependency): string {
  const { from, to } = one;
  switch (one.relation) {
    case 'ww':
      return `T${from} wrote ${one.key} = ${String(one.value)} before T${to} wrote ${String(one.next)}`;
    case 'wr':
      return `T${to} read what T${from} wrote, ${one.key} = ${String(one.value)}`;
    case 'rw':
      return one.value === null
        ? `T${from} read ${one.key} before anybody had written it, so before T${to} wrote ${String(one.next)}`
        : `T${from} read ${one.key} = ${String(one.value)}, so before T${to} wrote ${String(one.next)}`;
    case 'process':
      return `T${from} came before T${to} in its process`;
    case 'realtime':
      return `T${from} had returned when T${to} was called`;
  }
}

function versionStep({ before, after, source, transactions }: VersionStep): string {
  const by = transactions.length === 0 ? '' : ` by T${transactions.join(' and T')}`;
  return `from ${String(before)} to ${String(after)} (${source}${by})`;
}
