// Histories in which no choice of who wrote first is forced by itself, and only some go together: pairs of
// transactions that write a key, and readers such that several orders of pairs at once make a cycle. To find
// orders for all pairs is to satisfy a formula (Papadimitriou 1979), here a random one.

import type { Random } from '../../../src/base/random.js';
import type {
  RegisterOperation,
  RegisterTransaction,
} from '../../../src/check/isolation/transaction.js';

export interface Entanglement {
  readonly pairs: number;
  /** Cycles, each through this many pairs. */
  readonly cycles: number;
  readonly length: number;
}

/** Every transaction has a session of its own. */
export function entangledHistory(random: Random, shape: Entanglement): RegisterTransaction[] {
  const { pairs, cycles, length } = shape;
  const transactions: RegisterOperation[][] = [];
  for (let pair = 0; pair < pairs; pair++) {
    for (const side of [0, 1]) {
      transactions.push([
        ['w', `pair ${pair}`, side],
        ['w', `side ${pair} ${side}`, 1],
      ]);
    }
  }
  for (let cycle = 0; cycle < cycles; cycle++) {
    const through = random.shuffle(Array.from({ length: pairs }, (_, pair) => pair));
    const turns = through.slice(0, length).map((pair) => ({ pair, second: random.below(2) }));
    // If each second writes after its pair's first: a reader of the first precedes the second, and the
    // second precedes the next pair's reader, all around.
    for (const [at, { pair, second }] of turns.entries()) {
      const previous = turns[(at + length - 1) % length]!;
      transactions.push([
        ['r', `pair ${pair}`, 1 - second],
        ['r', `side ${previous.pair} ${previous.second}`, 1],
      ]);
    }
  }
  return transactions.map((operations, at) => ({
    ...{ id: at + 1, process: at, operations, calledAt: 0, returnedAt: 1 },
    outcome: 'ok' as const,
  }));
}
