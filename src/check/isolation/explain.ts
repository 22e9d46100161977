// Says what is wrong in one sentence, with the values that show it.

import type { Dependency, Finding, VersionStep } from './finding.js';

/** `G-single-item: T3 read x = … before …; T5 returned before T3 was called`. */
export function sentence(finding: Finding): string {
  switch (finding.kind) {
    case 'cycle':
      return `${finding.anomaly}: ${finding.steps.map(step).join('; ')}; so each would have to precede the other`;
    case 'direct':
      return `${finding.anomaly}: ${finding.text}`;
    case 'cyclic-versions':
      return `cyclic-versions: ${finding.key} would go ${finding.steps.map((one) => versionStep(one)).join(', ')}`;
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
        : `T${from} read ${one.key} up to ${String(one.value)}, so before T${to} wrote ${String(one.next)}`;
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
