// The report of a run: one HTML document that needs nothing else, neither network nor other files.
// It says everything that matters in plain HTML (verdict, command, story), and carries the trace and the
// viewer for looking closer. Pure: the same input gives the same bytes.

import type { Micros, ProcessId } from '../base/ids.js';
import type { TraceEvent } from '../base/trace.js';
import { HISTORY_LEGEND } from './history-html.js';
import { GRAPH_HEIGHT, GRAPH_WIDTH, layoutProcesses } from './layout.js';
import { escapeHtml, renderPage } from './page.js';
import { HISTORY_STYLE, STYLE } from './style.js';
import type { ReportData } from './viewer/data.js';
import { createGraph } from './viewer/graph.js';
import { createHistory } from './viewer/history.js';
import type { HistoryData } from './viewer/history-data.js';
import { createLanes } from './viewer/lanes.js';
import { createModel, type Model } from './viewer/model.js';
import { panAndZoom } from './viewer/pan-and-zoom.js';
import { viewer } from './viewer/viewer.js';
import { createWords, type Words } from './viewer/words.js';

/** What a report shows. Times are virtual microseconds. */
export interface ReportInput {
  /** For example `partition-leader seed 71123`. */
  readonly title: string;
  readonly verdict: string;
  readonly violation: {
    readonly invariant: string;
    readonly message: string;
    /** Ordinal of the engine event after which it was seen. */
    readonly event: number;
    readonly timeUs: Micros;
  } | null;
  /** One sentence why, for a verdict without a violation. */
  readonly reason: string;
  /** One sentence what the invariant means; may be empty. */
  readonly explanation: string;
  /** One command that has the run again. */
  readonly repro: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly processes: readonly {
    readonly id: ProcessId;
    readonly name: string;
    readonly kind: 'member' | 'client';
  }[];
  readonly faults: readonly {
    readonly label: string;
    readonly beginUs: Micros;
    readonly endUs: Micros;
  }[];
  readonly trace: readonly TraceEvent[];
  /** What the clients saw, where it breaks linearizability; null where that is not what failed. */
  readonly history: HistoryData | null;
  /** What is missing when the trace is partial, as one sentence; null when it is whole. */
  readonly truncated: string | null;
}

/** Story lines on both sides of the violation; a longer story names how many it leaves out. */
const STORY_BEFORE = 120;
const STORY_AFTER = 30;
const FACTS_SHOWN = 10;

/** The whole document. O(events); about 15 bytes of HTML for each event when compressed. */
export function renderReport(input: ReportInput): string {
  const data = reportData(input);
  const words = createWords(data.processes);
  const model = createModel(data);
  return renderPage({
    title: `${badge(input.verdict).text} ${headline(input)} · ${subtitle(input)}`,
    style: STYLE + HISTORY_STYLE,
    body: `${header(input, words)}
${explorer(model, words, data.history)}
${transport(model)}
${HELP}
<div id="toast" aria-hidden="true"></div>
<div id="live" class="sr" role="status" aria-live="polite"></div>`,
    data,
    parts: {
      createWords,
      createModel,
      createGraph,
      panAndZoom,
      createLanes,
      createHistory,
      viewer,
    },
    start:
      'viewer(data, { createWords, createModel, createGraph, panAndZoom, createLanes, createHistory });',
  });
}

function reportData(input: ReportInput): ReportData {
  const places = new Map(layoutProcesses(input.processes).map((place) => [place.id, place]));
  return {
    violation: input.violation,
    processes: input.processes.map((process) => {
      const { x, y } = places.get(process.id)!;
      return { ...process, x, y };
    }),
    faults: input.faults,
    trace: input.trace,
    history: input.history,
  };
}

// --- Text ---------------------------------------------------------------------------------------

/** Undecided and vacuous runs are neither: they showed nothing. */
function badge(verdict: string): { readonly text: string; readonly css: string } {
  if (verdict === 'pass') return { text: 'PASS', css: 'pass' };
  if (verdict === 'vacuous' || verdict === 'undecided')
    return { text: verdict.toUpperCase(), css: 'doubt' };
  return { text: 'FAIL', css: 'fail' };
}

function headline(input: ReportInput): string {
  return input.violation === null ? input.title : input.violation.invariant;
}

/** What stands beside the headline: the run, or the verdict where the headline is the run. */
function subtitle(input: ReportInput): string {
  if (input.violation !== null) return input.title;
  return input.verdict === badge(input.verdict).text.toLowerCase() ? '' : input.verdict;
}

function header(input: ReportInput, words: Words): string {
  const { text, css } = badge(input.verdict);
  const { violation } = input;
  const message = violation === null ? input.reason : violation.message;
  const at =
    violation === null
      ? ''
      : `at <b>${words.seconds(violation.timeUs)}</b>, event <b>${words.count(violation.event)}</b>`;
  const where = [at, escapeHtml(input.explanation)].filter((part) => part !== '').join(' · ');
  const honesty =
    input.truncated === null
      ? ''
      : `<p class="honesty" role="note">${escapeHtml(input.truncated)}</p>`;
  return `<div class="top">
<header class="verdict ${css}">
<div class="badge">${text}</div>
<div class="words"><h1>${escapeHtml(headline(input))} <small>${escapeHtml(subtitle(input))}</small></h1>
<p class="message">${escapeHtml(message)}</p>
${where === '' ? '' : `<p class="where">${where}</p>`}</div>
<div class="tools"><button id="theme" aria-label="Light or dark" title="Light or dark (t)">◐</button><button id="help" aria-label="Keyboard help" title="Keyboard help (?)">?</button></div>
</header>
${honesty}
<div class="run">
<div class="repro"><span>Reproduce</span><code id="repro" tabindex="0">${escapeHtml(input.repro)}</code><button id="copy">Copy</button><nav class="ways" aria-label="On this page"><a href="#story">Story</a><a href="#timeline">Timeline</a><a href="#list-panel">Events</a></nav></div>
${facts(input)}
</div>
</div>`;
}

function facts(input: ReportInput): string {
  const items = input.facts.map(
    ({ name, value }) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  if (items.length === 0) return '';
  const first = items.slice(0, FACTS_SHOWN).join('');
  const rest = items.slice(FACTS_SHOWN);
  if (rest.length === 0) return `<div class="facts"><dl>${first}</dl></div>`;
  return `<div class="facts"><dl>${first}</dl><details><summary>${rest.length} more</summary><dl>${rest.join('')}</dl></details></div>`;
}

/** What happened, in words, around the violation: all that a person without a screen needs. */
function story(model: Model, words: Words): string {
  const { moments, events } = model;
  if (moments.length === 0)
    return '<p class="quiet">No fault, crash or election in this trace.</p>';
  const turn = model.violations[0] ?? events.length - 1;
  const center = moments.findLastIndex((step) => step <= turn);
  const first = Math.max(0, center - STORY_BEFORE);
  const end = Math.min(moments.length, center + STORY_AFTER + 1);
  const lines = moments.slice(first, end).map((step) => {
    const event = events[step]!;
    const led = event.kind === 'state' && event.state.role === 'leader' ? ' k-leader' : '';
    const sentence = escapeHtml(storyLine(model, words, step));
    return `<li class="k-${event.kind}${led}"><span class="time">${words.precise(event.t)}</span><a href="#step=${step + 1}" data-step="${step + 1}">${sentence}</a></li>`;
  });
  return `<ol>${gap(first, 'earlier')}${lines.join('\n')}${gap(moments.length - end, 'later')}</ol>`;
}

/** As in the event list, but a change of role names the term that it is about. */
function storyLine(model: Model, words: Words, step: number): string {
  const event = model.events[step]!;
  if (event.kind !== 'state') return words.sentence(event, model.subjectOf(step));
  const { term } = model.stateAt(step)[model.slotOf(event.p)]!.fields;
  const { role } = event.state;
  const leads = role === 'leader' ? 'becomes leader' : `stops leading and is ${role}`;
  return `${words.name(event.p)} ${leads}${term === undefined ? '' : ` in term ${term}`}`;
}

function gap(count: number, which: string): string {
  return count === 0 ? '' : `<li class="gap">${count} ${which} lines are left out here</li>`;
}

// --- Page ---------------------------------------------------------------------------------------

function explorer(model: Model, words: Words, history: HistoryData | null): string {
  const empty = '<p class="note">No trace was recorded for this run.</p>';
  return `${model.events.length === 0 ? empty : ''}
<noscript><p class="note">The explorer needs JavaScript. The story below is complete without it.</p></noscript>
<p id="trouble" class="honesty" hidden></p>
${history === null ? '' : historyPanel(history)}
<main id="explorer"${model.events.length === 0 ? ' hidden' : ''}>
<section class="panel" aria-label="Cluster">
<header><h2>Cluster</h2></header>
<svg id="graph" viewBox="0 0 ${GRAPH_WIDTH} ${GRAPH_HEIGHT}" role="img" aria-label="Members, links and messages in flight; the table of states says the same">
<defs><pattern id="hatch" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="4" height="9" fill="var(--ink)" opacity=".5"/></pattern></defs>
</svg>
${LEGEND}
</section>
<div class="side">
<section class="panel" aria-label="Selected event">
<header><h2>Selected event</h2><span id="event-kind" class="kind"></span></header>
<div class="event"><p id="event-text"></p><p id="event-where"></p><div id="event-more"></div></div>
</section>
<section class="panel" aria-label="States of all members">
<header><h2>Members after this event</h2></header>
<div class="scroll" tabindex="0" role="region" aria-label="Table of states"><table id="states"></table></div>
</section>
</div>
<section class="panel wide" id="timeline" aria-label="Timeline">
<header><h2>Timeline</h2><span id="caption"></span><div id="message-filter" class="chips"></div><div class="zoom"><button id="zoom-out" aria-label="Zoom out" title="Zoom out (-)">−</button><button id="zoom-in" aria-label="Zoom in" title="Zoom in (+)">+</button><button id="zoom-fit" title="Whole run (0)">All</button></div></header>
<div id="lanes-box"><canvas id="overview" role="img" aria-label="The whole run: roles of all members above the number of events"></canvas><canvas id="lanes" role="img" aria-label="Lanes of all processes; the event list says the same"></canvas><div id="tip" hidden></div></div>
<p class="explains">${TIMELINE_LEGEND}</p>
</section>
<div class="bottom wide">
<section class="panel" id="list-panel" aria-label="Events">
<header><h2>Events</h2><div id="list-filter" class="chips"></div><select id="list-process" aria-label="Process"><option value="0">all processes</option></select></header>
<div id="list" role="listbox" tabindex="0" aria-label="Events around the selected one"></div>
</section>
<section class="panel" aria-label="Story">
<header><h2>Story of the run</h2></header>
<div id="story">${story(model, words)}</div>
</section>
</div>
</main>`;
}

/** What the clients saw, before what the cluster did. */
function historyPanel(history: HistoryData): string {
  const honesty =
    history.truncated === null ? '' : `<p class="explains">${escapeHtml(history.truncated)}</p>`;
  return `<section class="panel history-panel" id="history" aria-label="What clients saw">
<header><h2>What clients saw</h2></header>
<div id="history-box"></div>
${honesty}${HISTORY_LEGEND}
</section>`;
}

const LEGEND = `<p class="explains">
<span><svg class="role-leader" viewBox="-42 -42 84 84" aria-hidden="true"><path class="shape" d="M-38 0L-19 -33L19 -33L38 0L19 33L-19 33Z"/></svg>L leader</span>
<span><svg class="role-candidate" viewBox="-42 -42 84 84" aria-hidden="true"><path class="shape" d="M0 -38L38 0L0 38L-38 0Z"/></svg>C candidate, P pre-candidate</span>
<span><svg class="role-follower" viewBox="-42 -42 84 84" aria-hidden="true"><circle class="shape" r="34"/></svg>F follower</span>
<span><svg class="down" viewBox="-42 -42 84 84" aria-hidden="true"><circle class="shape" r="34"/><path class="downmark" d="M-24 -24L24 24M24 -24L-24 24"/></svg>down; hatched: paused</span>
<span><svg viewBox="-42 -42 84 84" aria-hidden="true"><path class="link cut" style="stroke-width:9;stroke-dasharray:16 12" d="M-42 0H42"/></svg>blocked from this side</span>
</p>`;

const TIMELINE_LEGEND = `<span>Bar: role and term</span><span>line under it: commit, dashed: applied</span><span>grey tick: sync, red: disk fault</span><span>× crash or lost message</span><span>▸ restart</span><span>client bars: green ok, red failed, striped unknown</span><span>drag to move, ctrl + wheel to zoom</span>`;

function icon(path: string, css = ''): string {
  return `<svg viewBox="0 0 24 24" aria-hidden="true"${css === '' ? '' : ` class="${css}"`}><path d="${path}"/></svg>`;
}

function transport(model: Model): string {
  return `<footer id="transport"${model.events.length === 0 ? ' hidden' : ''}>
<div class="deck">
<button id="first" aria-label="First event" title="First event (Home)">${icon('M5 5h2.5v14H5zM19 5v14L9 12z')}</button>
<button id="previous" aria-label="Previous event" title="Previous event (left arrow)">${icon('M16 5v14L6 12z')}</button>
<button id="play" aria-label="Play" title="Play or pause (space)">${icon('M7 4v16l13-8z', 'arrow')}${icon('M6 5h4v14H6zM14 5h4v14h-4z', 'bars')}</button>
<button id="next" aria-label="Next event" title="Next event (right arrow)">${icon('M8 5v14l10-7z')}</button>
<button id="last" aria-label="Last event" title="Last event (End)">${icon('M5 5v14l10-7zM16.5 5H19v14h-2.5z')}</button>
<select id="speed" class="speed-choice" aria-label="Speed" title="Events a second"><option value="2">2/s</option><option value="5">5/s</option><option value="12" selected>12/s</option><option value="30">30/s</option><option value="120">120/s</option><option value="600">600/s</option></select>
</div>
<div class="track"><div id="marks" aria-hidden="true"></div><input id="slider" type="range" min="1" max="1" value="1" aria-label="Step of the trace"></div>
<div class="clock"><span>step <input id="step-box" type="number" min="1" aria-label="Go to step" title="Go to step (g)"> of ${groups(model.events.length)}</span><span id="now"></span></div>
<div class="deck jumps"><button id="fault-previous" title="Previous fault (F)">◂ Fault</button><button id="fault-next" title="Next fault (f)">Fault ▸</button><button id="election-next" title="Next election won (e)">Election ▸</button><button id="to-violation" title="Jump to the violation (v)">Jump to violation</button></div>
</footer>`;
}

function groups(count: number): string {
  return createWords([]).count(count);
}

const KEYS: readonly (readonly [string, string])[] = [
  ['space', 'play or pause'],
  ['← →', 'previous, next event; with shift of the same process'],
  ['PgUp PgDn', '20 events back, on'],
  ['Home End', 'first, last event'],
  ['n N', 'next, previous violation'],
  ['v', 'jump to the violation'],
  ['f F', 'next, previous begin or end of a fault'],
  ['e E', 'next, previous election won'],
  ['[ ]', 'sending or end of the selected message; call or return of an operation'],
  ['+ − 0', 'zoom the timeline; show the whole run'],
  ['g', 'go to a step'],
  ['t', 'light or dark'],
  ['?', 'this help'],
];

const HELP = `<dialog id="help-dialog" aria-label="Help"><h2>Reading this report</h2>
<p>Everything shows one moment: after the selected step of the trace. Click a message, an event, a line of the story or a place in the timeline to select it. The address holds the step, so a link into the report points at the moment.</p>
<dl>${KEYS.map(
  ([keys, what]) =>
    `<dt>${keys
      .split(' ')
      .map((key) => `<kbd>${key}</kbd>`)
      .join(' ')}</dt><dd>${what}</dd>`,
).join('')}</dl>
<form method="dialog"><button>Close</button></form></dialog>`;
