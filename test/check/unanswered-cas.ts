// Long histories of a register under read, write and compare-and-set over five values, as Knossos has them: a
// failed compare-and-set did not happen, and of many operations nobody knows the outcome.

import { randomStream } from '../../src/base/random.js';
import type { Operation } from '../../src/check/history.js';
import type {
  RegisterInput,
  RegisterOutput,
} from '../../src/check/linearizability/objects/register.js';

export interface CasShape {
  readonly clients: number;
  readonly operations: number;
  /** Of a hundred writes and compare-and-sets so many never return; half of them take effect, some late. */
  readonly unknownPercent: number;
  /** True makes one read at nine tenths of the history return a value that nobody ever wrote. */
  readonly illegal: boolean;
}

const VALUES = 5;

export function casHistory(
  seed: string,
  { clients, operations, unknownPercent, illegal }: CasShape,
): Operation<RegisterInput, RegisterOutput>[] {
  const random = randomStream(seed, `cas/${clients}/${operations}/${unknownPercent}`);
  const free = Array.from({ length: clients }, (_, client) => ({ client, at: random.below(50) }));
  let numbers = clients;
  const value = (): number => random.below(VALUES);
  const planned = Array.from({ length: operations }, () => {
    const next = free.reduce((a, b) => (b.at < a.at ? b : a));
    const kind = random.below(3);
    const input: RegisterInput =
      kind === 0
        ? { kind: 'read' }
        : kind === 1
          ? { kind: 'cas', from: value(), to: value() }
          : { kind: 'write', value: value() };
    const callUs = next.at;
    const returnUs = callUs + 10 + random.below(91);
    const lost = kind > 0 && random.below(100) < unknownPercent;
    const effectUs = callUs + random.below(lost ? 400 : returnUs - callUs + 1);
    const happens = !lost || random.below(2) === 0;
    const { client } = next;
    // A client whose request never returned is another one from then on.
    if (lost) next.client = numbers++;
    next.at = returnUs + random.below(11);
    return { client, input, callUs, returnUs, effectUs, lost, happens };
  });
  const order = planned.map((_, id) => id);
  order.sort((a, b) => planned[a]!.effectUs - planned[b]!.effectUs || a - b);
  let held = 0;
  let spoiled = !illegal;
  const outputs = new Map<number, RegisterOutput>();
  for (const [at, id] of order.entries()) {
    const { input, happens } = planned[id]!;
    if (!happens) continue;
    if (input.kind === 'read') {
      const wrong = !spoiled && at > 0.9 * operations;
      spoiled ||= wrong;
      outputs.set(id, { kind: 'read', value: wrong ? VALUES : held });
    } else if (input.kind === 'write') {
      held = input.value;
      outputs.set(id, { kind: 'write' });
    } else {
      const swapped = held === input.from;
      if (swapped) held = input.to;
      outputs.set(id, { kind: 'cas', swapped });
    }
  }
  return planned.map(({ client, input, callUs, returnUs, lost }, id) => {
    const output = outputs.get(id);
    if (lost) {
      return { id, client, input, output: null, callUs, returnUs: Infinity, outcome: 'unknown' };
    }
    if (output?.kind === 'cas' && !output.swapped) {
      return { id, client, input, output: null, callUs, returnUs, outcome: 'fail' };
    }
    return { id, client, input, output: output!, callUs, returnUs, outcome: 'ok' };
  });
}
