// Writes down why no order exists, while it is found: cycles of arcs as statements about transactions, each
// after the statements that it builds on.

import { type Arc, choiceOf, type Polygraph } from './polygraph.js';
import type { Choice, CycleArc, RefutationStep } from './refutation.js';
import type { KnownArc, Saturation } from './saturation.js';
import { INITIAL, type Sessions } from './sessions.js';

export class ProofLog {
  readonly steps: RefutationStep[] = [];
  private readonly sessions: Sessions;
  private readonly polygraph: Polygraph;
  private readonly saturation: Saturation;
  /** By choice, the first known arc that takes it. */
  private readonly forcedBy = new Map<number, KnownArc>();
  private indexed = 0;
  private readonly explained = new Set<KnownArc>();

  constructor(sessions: Sessions, polygraph: Polygraph, saturation: Saturation) {
    this.sessions = sessions;
    this.polygraph = polygraph;
    this.saturation = saturation;
  }

  /** Returns the position of the step that says that not all choices of the arcs are made. */
  cycle(arcs: readonly Arc[]): number {
    this.explain(arcs);
    return this.push(arcs);
  }

  /** Returns the position of a step that follows from others. */
  either(choices: readonly (readonly [number, number])[], from: readonly number[]): number {
    const either = choices.map(([before, after]): Choice => [this.id(before), this.id(after)]);
    this.steps.push({ either, from });
    return this.steps.length - 1;
  }

  /** Says of each choice that is taken as forced why it is. Those it builds on come first. */
  private explain(arcs: readonly Arc[]): void {
    this.index();
    const { saturation } = this;
    const cycles: { arc: KnownArc; cycle: readonly Arc[] }[] = [];
    const waiting = [...arcs];
    for (let arc = waiting.pop(); arc !== undefined; arc = waiting.pop()) {
      const choice = choiceOf(arc.cause);
      const forced = choice && this.forcedBy.get(this.name(choice));
      if (forced == null || this.explained.has(forced)) continue;
      this.explained.add(forced);
      const { contrary, at } = forced;
      const path = saturation.path(contrary!.to, contrary!.from, at);
      const known = path.map((step) => saturation.arcs[step]!);
      cycles.push({ arc: forced, cycle: [contrary!, ...known] });
      waiting.push(...known);
    }
    cycles.sort((a, b) => a.arc.at - b.arc.at);
    for (const { cycle } of cycles) this.push(cycle);
  }

  private index(): void {
    const { arcs } = this.saturation;
    for (; this.indexed < arcs.length; this.indexed++) {
      const arc = arcs[this.indexed]!;
      if (arc.contrary === null) continue;
      const name = this.name(choiceOf(arc.cause)!);
      if (!this.forcedBy.has(name)) this.forcedBy.set(name, arc);
    }
  }

  private push(arcs: readonly Arc[]): number {
    const cycle: CycleArc[] = [];
    for (const { cause } of arcs) {
      if (cause.kind === 'own') continue;
      if (cause.kind === 'overwritten') {
        const { key, source, reader, other } = cause;
        cycle.push({
          because: 'overwritten',
          key,
          source: source === INITIAL ? null : this.id(source),
          reader: this.id(reader),
          other: this.id(other),
        });
        continue;
      }
      const [before, after] = [this.id(cause.before), this.id(cause.after)];
      const last = cycle[cycle.length - 1];
      // One session through several transactions is one step.
      if (cause.kind === 'session' && last?.because === 'session') {
        cycle[cycle.length - 1] = { ...last, after };
      } else cycle.push({ because: cause.kind, before, after });
    }
    this.steps.push({ cycle });
    return this.steps.length - 1;
  }

  private id(transaction: number): number {
    return this.sessions.transactions[transaction]!.id;
  }

  private name([before, after]: readonly [number, number]): number {
    return before * this.polygraph.count + after;
  }
}
