// From a judged history to what its view shows. Not here: how it looks (history-html.ts, viewer/history.ts).

import type { Operation } from '../check/history.js';
import type { LinearizabilityJudgement } from '../check/linearizability/judge.js';
import type { Model } from '../check/linearizability/model.js';
import type { HistoryData, HistoryOperation } from './viewer/history-data.js';

export interface HistoryDataOptions {
  /** Default `c3` for client 3. */
  readonly nameOfClient?: (client: number) => string;
  /** `''` if the times of the history only count; default `s`, for microseconds. */
  readonly unit?: 's' | '';
}

/** More operations than these are cut to those around the violation, or to the first. */
const OPERATIONS_MAX = 20_000;
const LABEL_MAX = 400;

/** O(n log n) for n operations. `model` as for the judge. */
export function historyData<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  judgement: LinearizabilityJudgement,
  options: HistoryDataOptions = {},
): HistoryData {
  const { explanation, core } = judgement;
  const calls = [...history].sort((a, b) => a.callUs - b.callUs || a.id - b.id);
  const culprit = explanation?.culprit ?? judgement.stuck?.operation ?? null;
  const context = explanation?.weakening.optional ?? [];
  const shown = around(calls, culprit, new Set([...core, ...context]));
  const nameOfClient = options.nameOfClient ?? ((client: number): string => `c${client}`);
  const clients = [...new Set(shown.map(({ client }) => client))].sort((a, b) => a - b);
  const laneOf = new Map(clients.map((client, lane) => [client, lane]));
  const points = pointsOf(calls, judgement);
  return {
    lanes: clients.map(nameOfClient),
    operations: shown.map((operation): HistoryOperation => {
      const { id, client, input, output, callUs, returnUs, outcome } = operation;
      const label = model.describeOperation(input, output);
      const place = points.get(id);
      return {
        id,
        lane: laneOf.get(client)!,
        label: label.length > LABEL_MAX ? `${label.slice(0, LABEL_MAX)}…` : label,
        call: callUs,
        return: Number.isFinite(returnUs) && outcome !== 'unknown' ? returnUs : null,
        outcome,
        point: place?.us ?? null,
        place: place?.place ?? null,
      };
    }),
    core,
    context,
    culprit,
    reason: judgement.reason,
    deadEnds: explanation?.deadEnds ?? [],
    unit: options.unit ?? 's',
    truncated:
      shown.length === calls.length
        ? null
        : `${shown.length} of ${calls.length} operations are shown, ${culprit === null ? 'the first' : 'those around the violation'}.`,
  };
}

/** The operations nearest to the culprit in the order of calls, and those of `needed`. */
function around<I, O>(
  calls: readonly Operation<I, O>[],
  culprit: number | null,
  needed: ReadonlySet<number>,
): readonly Operation<I, O>[] {
  if (calls.length <= OPERATIONS_MAX) return calls;
  const center = Math.max(
    0,
    calls.findIndex(({ id }) => id === culprit),
  );
  const half = OPERATIONS_MAX >> 1;
  const first = Math.max(0, Math.min(center - half, calls.length - OPERATIONS_MAX));
  return calls.filter(
    ({ id }, at) => (at >= first && at < first + OPERATIONS_MAX) || needed.has(id),
  );
}

/**
 * Where operations take effect in the order that explains the history, or the most of it. Each point is
 * the earliest that keeps the order: the latest call so far.
 */
function pointsOf<I, O>(
  history: readonly Operation<I, O>[],
  { certificate, stuck }: LinearizabilityJudgement,
): ReadonlyMap<number, { readonly us: number; readonly place: number }> {
  const points = new Map<number, { us: number; place: number }>();
  const calls = new Map(history.map(({ id, callUs }) => [id, callUs]));
  const orders =
    certificate?.kind === 'order'
      ? certificate.orders.map(({ ids }) => ids)
      : stuck === null
        ? []
        : [stuck.prefix];
  for (const order of orders) {
    let us = Number.NEGATIVE_INFINITY;
    order.forEach((id, at) => {
      us = Math.max(us, calls.get(id) ?? us);
      points.set(id, { us, place: at + 1 });
    });
  }
  return points;
}
