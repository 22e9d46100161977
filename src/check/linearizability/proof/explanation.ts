// Why a history is not linearizable, in words: one sentence with values, and for a closer look the legal
// orders that go furthest and what each of them cannot be continued with. Deterministic.
// Not here: finding the operations it is about (counterexample.ts).

import type { Operation } from '../../history.js';
import type { Model } from '../model.js';
import { type DeadEnd, exhaust } from './exhaustive.js';
import { shortened } from './values.js';
import { type Weakening, weaken } from './weakening.js';

export interface Explanation {
  readonly weakening: Weakening;
  /** Ids of the operations that contradict each other, in the order of their calls. */
  readonly core: readonly number[];
  /** The operation of the core that cannot be placed: that which returned last. */
  readonly culprit: number;
  /** One sentence with values. */
  readonly reason: string;
  /** Where the longest legal orders of the core end, and why; empty if they were too many to try. */
  readonly deadEnds: readonly DeadEnd[];
}

export interface ExplanationOptions {
  /** Default `c3` for client 3. */
  readonly nameOfClient?: (client: number) => string;
}

const DEAD_ENDS_STEPS_MAX = 20_000;
/** Operations that a sentence lists before it only counts the rest. */
const LISTED_MAX = 6;
const PARTS_LISTED_MAX = 4;

/** `weakening` must be one of `history`, and have no legal order. */
export function explain<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  weakening: Weakening,
  options: ExplanationOptions = {},
): Explanation {
  const ids = new Set([
    ...weakening.answered,
    ...(weakening.start === null ? [] : [weakening.start]),
  ]);
  const core = history
    .filter(({ id }) => ids.has(id))
    .sort((a, b) => a.callUs - b.callUs || a.returnUs - b.returnUs || a.id - b.id);
  const culprit = core
    .filter(({ id }) => id !== weakening.start)
    .reduce((a, b) => (b.returnUs > a.returnUs ? b : a));
  const weakened = weaken(history, model, weakening);
  const deadEnds =
    typeof weakened === 'string'
      ? []
      : exhaust(weakened.operations, weakened.model, DEAD_ENDS_STEPS_MAX).deadEnds.map((end) =>
          weakening.start === null ? end : { ...end, order: [weakening.start, ...end.order] },
        );
  const nameOfClient = options.nameOfClient ?? ((client: number): string => `c${client}`);
  const sentence = new Sentence({
    history,
    model,
    weakening,
    core,
    culprit,
    deadEnds,
    nameOfClient,
  });
  return {
    weakening,
    core: core.map(({ id }) => id),
    culprit: culprit.id,
    reason: sentence.text(),
    deadEnds,
  };
}

interface Parts<S, I, O> {
  readonly history: readonly Operation<I, O>[];
  readonly model: Model<S, I, O>;
  readonly weakening: Weakening;
  readonly core: readonly Operation<I, O>[];
  readonly culprit: Operation<I, O>;
  readonly deadEnds: readonly DeadEnd[];
  readonly nameOfClient: (client: number) => string;
}

class Sentence<S, I, O> {
  private readonly parts: Parts<S, I, O>;

  constructor(parts: Parts<S, I, O>) {
    this.parts = parts;
  }

  text(): string {
    const { weakening, core, culprit, model, history, nameOfClient } = this.parts;
    if (weakening.abstract) {
      const own = model.proof?.contradiction?.(core, history, nameOfClient);
      if (own != null) return own;
    }
    if (weakening.optional.length === 0) {
      if (core.length === 1) return this.alone(culprit);
      const other = core.find(({ id }) => id !== culprit.id)!;
      if (core.length === 2 && other.returnUs < culprit.callUs) return this.after(culprit, other);
    }
    return this.several();
  }

  /** What one operation returned cannot be, whatever the others did. */
  private alone(culprit: Operation<I, O>): string {
    const { model } = this.parts;
    const sight = this.sightOf(culprit);
    if (sight !== null)
      return `${this.returned(culprit)}, but nothing wrote ${sight.saw} before it returned`;
    const why = model.explain(model.init(), culprit.input, culprit.output);
    return `${this.done(culprit)} cannot be: ${this.ofParts(why)}, and nothing before its return could change that`;
  }

  /** One operation against another that had completed before it began. */
  private after(culprit: Operation<I, O>, before: Operation<I, O>): string {
    const { model } = this.parts;
    const past = this.hadDone(before);
    const sight = this.sightOf(culprit);
    if (sight !== null) {
      const began = `before the ${sight.what.split(' ')[0]} began`;
      return `${this.returned(culprit)}, but ${past} ${began} and nothing wrote ${sight.saw} after it`;
    }
    const settled = this.stateAfter(before);
    const why =
      settled === undefined
        ? ''
        : `: ${this.ofParts(model.explain(settled, culprit.input, culprit.output))}`;
    return `${this.done(culprit)} cannot follow what ${past} before it began${why}`;
  }

  private stateAfter({ input, output }: Operation<I, O>): S | undefined {
    const { model } = this.parts;
    if (output !== null) {
      const settled = model.proof?.settles?.(input, output);
      if (settled !== undefined) return settled;
    }
    return model.step(model.init(), input, output);
  }

  private several(): string {
    const { core, culprit, deadEnds, weakening, history } = this.parts;
    const listed = core.slice(-LISTED_MAX).map((operation) => this.done(operation));
    const rest = core.length - listed.length;
    const all = `${rest > 0 ? `${rest} earlier operations, ` : ''}${joinWords(listed)}`;
    const silent = weakening.optional.length;
    const allowing =
      silent === 0
        ? ''
        : `, with or without the effects of ${silent} operation${silent === 1 ? '' : 's'} more`;
    const end = deadEnds[0];
    const head = `no order explains ${all}${allowing}`;
    if (end === undefined) return head;
    const refusal = end.refused.find(({ id }) => id === culprit.id) ?? end.refused[0];
    const refused = history.find(({ id }) => id === refusal?.id);
    if (refusal === undefined || refused === undefined) return head;
    return `${head}: where ${this.done(refused)} would have to come next, ${this.ofParts(refusal.why)}`;
  }

  /** What is said of a state in which only some parts of the object were looked at. */
  private ofParts(why: string): string {
    const { parts } = this.parts.weakening;
    if (parts === null) return why;
    const named =
      parts.length <= PARTS_LISTED_MAX
        ? joinWords(parts.map((part) => JSON.stringify(part)))
        : `${parts.length} of its parts`;
    return `${why}, as far as ${named} ${parts.length === 1 ? 'is' : 'are'} concerned`;
  }

  private sightOf({ input, output }: Operation<I, O>) {
    return output === null ? null : (this.parts.model.proof?.sight?.(input, output) ?? null);
  }

  /** `read by c3 returned 1`. */
  private returned(operation: Operation<I, O>): string {
    const sight = this.sightOf(operation)!;
    return `${sight.what} by ${this.parts.nameOfClient(operation.client)} returned ${sight.saw}`;
  }

  /** `read by c3 had returned 1`, `write 2 by c1 had completed`. */
  private hadDone(operation: Operation<I, O>): string {
    const { model, nameOfClient } = this.parts;
    const by = `by ${nameOfClient(operation.client)}`;
    const sight = this.sightOf(operation);
    if (sight !== null) return `${sight.what} ${by} had returned ${sight.saw}`;
    return `${shortened(model.describeOperation(operation.input, null))} ${by} had completed`;
  }

  private done(operation: Operation<I, O>): string {
    const { model, nameOfClient } = this.parts;
    if (this.sightOf(operation) !== null) return this.returned(operation);
    const { input, output, client } = operation;
    return `${shortened(model.describeOperation(input, output))} by ${nameOfClient(client)}`;
  }
}

function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
