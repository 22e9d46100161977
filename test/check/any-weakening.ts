// Proposes weakenings of a history at random: right ones, and many that are none.

import type { Random } from '../../src/base/random.js';
import type { Operation } from '../../src/check/history.js';
import type { Model } from '../../src/check/linearizability/model.js';
import type { Weakening } from '../../src/check/linearizability/proof/weakening.js';
import { partOf } from '../../src/check/linearizability/proof/weakening.js';

export function anyWeakening<S, I, O>(
  history: readonly Operation<I, O>[],
  random: Random,
  model: Model<S, I, O>,
): Weakening {
  const pick = (): Operation<I, O> => random.pick(history);
  const rules = model.proof?.parts;
  const all = [...new Set(history.flatMap((operation) => rules?.of(operation) ?? []))];
  const few = rules === undefined || random.below(2) === 0;
  const parts = few ? null : all.filter(() => random.below(3) > 0);
  const partition = random.below(4) === 0 ? null : partOf(model, pick().input);
  const abstract = model.proof?.abstraction !== undefined && random.below(3) === 0;
  const endUs = abstract || random.below(2) === 0 ? Number.POSITIVE_INFINITY : random.below(48);
  const start = abstract || random.below(2) === 0 ? null : pick().id;
  const answered: number[] = [];
  const optional: number[] = [];
  const keepAll = random.below(2) === 0;
  for (const operation of history) {
    const { id, outcome, returnUs, input } = operation;
    if (outcome === 'fail' || id === start) continue;
    if (partition !== null && partOf(model, input) !== partition) continue;
    const begin = history.find((other) => other.id === start)?.returnUs ?? -1;
    const fits = returnUs <= endUs && operation.callUs > begin;
    const mayAnswer = outcome === 'ok' && (fits || random.below(10) === 0);
    if (abstract) {
      if (outcome === 'ok' && operation.output !== null && random.below(4) > 0) answered.push(id);
    } else if (mayAnswer && random.below(8) > 0) answered.push(id);
    else if (keepAll ? random.below(8) > 0 : random.below(2) === 0) optional.push(id);
  }
  return { abstract, parts, partition, endUs, start, answered, optional };
}
