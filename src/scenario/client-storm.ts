// Client storms: many clients that all ask at once, of one key, and ask again when they are refused. They are clients of
// the plan like others, with times of their own. Not here: what a client makes of answers (workload.ts).

import fc from 'fast-check';
import { assert } from '../base/assert.js';
import type { Micros } from '../base/ids.js';
import type { OperationKind, PlannedClient, PlannedOperation } from './plan.js';
import type { Setting, Span } from './shapes.js';

/** Draws the clients of a storm for a whole run. */
export type ClientStorm = (setting: Setting) => fc.Arbitrary<PlannedClient[]>;

type Range = readonly [min: number, max: number];

export interface StormOptions {
  /** How many clients take part, in all storms of a run. */
  readonly clients: Range;
  /** How often in a run. */
  readonly times: Range;
  /** What each of them asks each time, one after the other without a pause. */
  readonly operations: Range;
  /** How far apart they begin. Default: all within a millisecond. */
  readonly within?: Micros;
  /** One of so many keys is hot in each storm. Default 4. */
  readonly keys?: number;
  readonly kinds?: readonly OperationKind[];
  /** Attempts after the first, and the pause before each. Default 0 to 50, after 0 to 20 ms. */
  readonly retries?: Range;
  readonly retryAfter?: Span;
}

const DEFAULT_KINDS: readonly OperationKind[] = ['put', 'cas', 'get', 'txn'];
/** Places of an operation among those that begin within a storm. */
const STEPS = 256;

export function clientStorm(options: StormOptions): ClientStorm {
  const { keys = 4, within = 1_000, kinds = DEFAULT_KINDS } = options;
  assert(kinds.length > 0 && keys > 0, 'a storm asks something of some key', { keys });
  const retries = options.retries ?? [0, 50];
  const retryAfter = options.retryAfter ?? [0, 20_000];
  const storm = (setting: Setting) =>
    fc.record({
      atUs: fc.integer({ min: setting.fromUs, max: Math.max(setting.fromUs, setting.untilUs - 1) }),
      key: integer([0, keys - 1]),
      count: integer(options.operations),
    });
  return (setting) =>
    fc
      .record({
        storms: fc.array(storm(setting), lengths(options.times)),
        clients: fc.array(
          fc.record({
            /** What it asks and when, a number that is taken apart; the next is drawn from it. */
            draw: fc.integer({ min: 0, max: kinds.length * STEPS - 1 }),
            retries: integer(retries),
            afterUs: integer(retryAfter),
          }),
          lengths(options.clients),
        ),
      })
      .map(({ storms, clients }) => {
        const ordered = [...storms].sort((a, b) => a.atUs - b.atUs);
        return clients.map(({ draw, retries, afterUs }, position): PlannedClient => {
          const offsetUs = Math.floor(((draw % STEPS) * within) / STEPS);
          const operations = ordered.flatMap(({ atUs, key, count }, nth) =>
            Array.from({ length: count }, (_, i): PlannedOperation => {
              const kind = kinds[(Math.floor(draw / STEPS) + position + nth + i) % kinds.length]!;
              return { afterUs: 0, notBeforeUs: atUs + offsetUs, kind, key, other: key };
            }),
          );
          return { operations, stubborn: { retries, afterUs } };
        });
      });
}

function integer([min, max]: Range): fc.Arbitrary<number> {
  return fc.integer({ min, max });
}

function lengths([minLength, maxLength]: Range) {
  return { minLength, maxLength, size: 'max' as const };
}
