// The view of a judged history: one HTML document that needs nothing else. What matters is in plain HTML
// (verdict, reason, the operations that contradict each other); the bars are for looking closer.
// Pure: the same input gives the same bytes.

import { escapeHtml, renderPage } from './page.js';
import { HISTORY_STYLE, STYLE } from './style.js';
import { createHistory } from './viewer/history.js';
import type { HistoryData, HistoryDeadEnd, HistoryOperation } from './viewer/history-data.js';
import { panAndZoom } from './viewer/pan-and-zoom.js';

export interface HistoryPage {
  /** For example the name of the file. */
  readonly title: string;
  readonly verdict: 'ok' | 'violation' | 'undecided';
  /** What the history was judged against. */
  readonly model: string;
  /** What an `ok` says; default: that the history is linearizable. */
  readonly okWords?: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly data: HistoryData;
}

export const HISTORY_LEGEND = `<p class="explains"><span><i class="bar red"></i>cannot be placed</span><span><i class="bar amber"></i>contradicts it</span><span><i class="bar green"></i>answered</span><span><i class="bar muted"></i>no answer</span><span>tick in a bar: where it takes effect in the longest legal order</span><span>arrow keys select, c contradiction or all, n violation, + − 0 zoom, drag to move</span></p>`;

const BADGES = {
  ok: { text: 'OK', css: 'pass' },
  violation: { text: 'VIOLATION', css: 'fail' },
  undecided: { text: 'UNDECIDED', css: 'doubt' },
} as const;

/** The whole document. */
export function renderHistory(page: HistoryPage): string {
  const { data, title, model, verdict } = page;
  const { text, css } = BADGES[verdict];
  const verdictWords =
    verdict === 'ok' ? (page.okWords ?? `Linearizable as ${model}.`) : data.reason;
  const honesty =
    data.truncated === null
      ? ''
      : `<p class="honesty" role="note">${escapeHtml(data.truncated)}</p>`;
  return renderPage({
    title: `${text} ${title}`,
    style: STYLE + HISTORY_STYLE,
    body: `<div class="top">
<header class="verdict ${css}">
<div class="badge">${text}</div>
<div class="words"><h1>${escapeHtml(title)} <small>judged as ${escapeHtml(model)}</small></h1>
<p class="message">${escapeHtml(verdictWords)}</p></div>
</header>
${honesty}
<div class="run"><div class="facts"><dl>${page.facts
      .map(
        ({ name, value }) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
      )
      .join('')}</dl></div></div>
</div>
<noscript><p class="note">The bars need JavaScript. The text is complete without it.</p></noscript>
<p id="trouble" class="honesty" hidden></p>
<main class="sheet">
${coreTable(data)}
<section class="panel" aria-label="History">
<header><h2>History</h2></header>
<div id="history-box"></div>
${HISTORY_LEGEND}
</section>
${deadEnds(data)}
</main>`,
    data,
    parts: { panAndZoom, createHistory },
    start:
      'createHistory({ box: document.getElementById("history-box"), data, keys: document, panAndZoom });',
  });
}

/** The operations that contradict each other, in the order of their calls. */
function coreTable(data: HistoryData): string {
  if (data.core.length === 0) return '';
  const byId = new Map(data.operations.map((operation) => [operation.id, operation]));
  const rows = [...data.core, ...data.context]
    .map((id) => byId.get(id))
    .filter((operation) => operation !== undefined)
    .map((operation) => coreRow(operation, data));
  return `<section class="panel" aria-label="The contradiction">
<header><h2>The contradiction: ${data.core.length} of ${data.operations.length} operations</h2></header>
<div class="scroll" tabindex="0" role="region" aria-label="Table of the contradiction"><table class="core"><thead><tr><th>client</th><th>operation</th><th>called</th><th>returned</th><th></th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>
</section>`;
}

function coreRow(operation: HistoryOperation, data: HistoryData): string {
  const { id, lane, label, call, return: end } = operation;
  const isCulprit = id === data.culprit;
  const role = isCulprit
    ? 'cannot be placed'
    : data.core.includes(id)
      ? 'contradicts it'
      : 'may have taken effect, does not help';
  const css = isCulprit ? ' class="culprit"' : data.core.includes(id) ? '' : ' class="quiet"';
  const returned = end === null ? 'no answer' : timeWords(end, data);
  return `<tr${css}><th>${escapeHtml(data.lanes[lane]!)}</th><td>${escapeHtml(label)}</td><td>${timeWords(call, data)}</td><td>${returned}</td><td>${role}</td></tr>`;
}

function timeWords(time: number, { unit }: HistoryData): string {
  return unit === 's' ? `${(time / 1e6).toFixed(6)} s` : String(time);
}

/** Where legal orders of the core end, and why they cannot go on. */
function deadEnds(data: HistoryData): string {
  if (data.deadEnds.length === 0) return '';
  const byId = new Map(data.operations.map((operation) => [operation.id, operation]));
  const words = (id: number): string => {
    const operation = byId.get(id);
    if (operation === undefined) return `operation ${id}`;
    return `${escapeHtml(operation.label)} by ${escapeHtml(data.lanes[operation.lane]!)}`;
  };
  const item = ({ order, state, refused }: HistoryDeadEnd): string =>
    `<li><p>${order.length === 0 ? 'Before any of them' : order.map(words).join(' → ')}, state ${escapeHtml(state)}. Next would have to come:</p><ul>${refused
      .map(({ id, why }) => `<li>${words(id)}: ${escapeHtml(why)}</li>`)
      .join('')}</ul></li>`;
  return `<section class="panel" aria-label="Longest legal orders">
<header><h2>Longest legal orders of the contradiction</h2></header>
<ol class="orders">${data.deadEnds.map(item).join('\n')}</ol>
</section>`;
}
