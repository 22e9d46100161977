// Says in words why no order exists: each cycle as a sentence.
// Not here: proving it.

import { type CycleArc, choiceTaken, type RefutationStep } from './refutation.js';

/** So many transactions are named. */
const NAMED_MAX = 8;
/** So many cycles are told. */
const CYCLES_MAX = 4;

export function explainedCycles(
  steps: readonly RefutationStep[],
  level: string,
  { core, others }: { readonly core: readonly number[]; readonly others: number },
): string {
  const named = core.map((id) => `T${id}`).join(', ');
  const which = core.length <= NAMED_MAX ? named : `${core.length} transactions`;
  const beside = others === 0 ? '' : `, whatever the ${others} others did`;
  const whole = `no order of ${which} satisfies ${level}${beside}`;
  const cycles = steps.flatMap((step) => ('cycle' in step ? [step.cycle] : []));
  const told = cycles.slice(0, CYCLES_MAX).map(sentence).join('; ');
  const more = cycles.length - CYCLES_MAX;
  return `${whole}: ${told}${more > 0 ? `; and ${more} more such cycles` : ''}`;
}

/** "if T1 wrote before T2: T2 read x from ..., so T2 comes before T3; ..., a cycle". */
function sentence(cycle: readonly CycleArc[]): string {
  const assumed = new Set<string>();
  for (const arc of cycle) {
    const choice = choiceTaken(arc);
    if (choice !== null) assumed.add(`T${choice[0]} wrote before T${choice[1]}`);
  }
  const links = cycle.filter(({ because }) => because !== 'writes').map(link);
  const told = links.length === 0 ? 'each of them wrote first' : links.join(', ');
  if (assumed.size === 0) return `${told}, a cycle`;
  return `if ${[...assumed].join(' and ')}, then there is a cycle, since ${told}`;
}

function link(arc: CycleArc): string {
  if (arc.because === 'overwritten') {
    const { key, source, reader, other } = arc;
    const from = source === null ? 'the initial state' : `T${source}`;
    return `T${reader} read ${key} from ${from} and so comes before T${other}, which wrote it too`;
  }
  const { because, before, after } = arc;
  switch (because) {
    case 'session':
      return `T${before} comes before T${after} in its session`;
    case 'read':
      return `T${after} read what T${before} wrote`;
    case 'real-time':
      return `T${before} had returned when T${after} was called`;
    case 'writes':
      return `T${before} wrote before T${after}`;
  }
}
