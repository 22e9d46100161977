// The HTML view of a history that `simquake check` has judged. Not here: how it looks (report/history-html.ts).

import { basename } from 'node:path';
import type { FormatName } from '../check/format/format-name.js';
import type { CheckedHistory } from '../check/history-check.js';
import type { OperationRow } from '../check/judged.js';
import { historyData } from '../report/history-data.js';
import { renderHistory } from '../report/history-html.js';
import type { HistoryData } from '../report/viewer/history-data.js';
import { integerText } from './text.js';

/** The whole document. `file` as it was given. */
export function historyPage(file: string, checked: CheckedHistory): string {
  const { judgement, model, format, count, visit } = checked;
  const unit = unitOf(format);
  const data =
    visit?.((history, of, found) => historyData(history, of, found, { unit })) ??
    coreData(checked, unit);
  const isOfObject = visit !== undefined;
  return renderHistory({
    title: basename(file),
    verdict: judgement.verdict,
    model,
    ...(isOfObject ? {} : { okWords: `As it should be for ${model}: ${judgement.model}.` }),
    facts: [
      { name: 'file', value: file },
      { name: 'format', value: format },
      { name: 'operations', value: integerText(count) },
      { name: 'steps', value: integerText(judgement.steps) },
      ...judgement.anomalies.map((value) => ({ name: 'anomaly', value })),
    ],
    data: { ...data, reason: judgement.reason },
  });
}

/** Only our own format has a clock; elsewhere events are counted. */
function unitOf(format: FormatName): 's' | '' {
  return format === 'jsonl' ? 's' : '';
}

/** Judges of transactions and workloads show what contradicts each other, without an order of the rest. */
function coreData({ core, count, judgement }: CheckedHistory, unit: 's' | ''): HistoryData {
  const clients = [...new Set(core.map(({ client }) => client))].sort((a, b) => a - b);
  const operationOf = ({ id, client, text, callUs, returnUs, outcome }: OperationRow) => ({
    ...{ id, lane: clients.indexOf(client), label: text, outcome, point: null, place: null },
    // The call of an event without one is lost in the past.
    call: Number.isFinite(callUs) ? callUs : 0,
    return: Number.isFinite(returnUs) ? returnUs : null,
  });
  return {
    lanes: clients.map((client) => (client < 0 ? 'client' : `c${client}`)),
    operations: core.map(operationOf),
    core: judgement.core,
    context: [],
    culprit: null,
    reason: judgement.reason,
    deadEnds: [],
    unit,
    truncated:
      core.length === count
        ? null
        : `${core.length} of ${count} operations are shown, those that contradict each other.`,
  };
}
