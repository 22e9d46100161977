/// <reference lib="dom" />
// The view of a history: a bar for each operation on the lane of its client, from call to return, a tick
// where it takes effect in the longest legal order, and the operation that cannot be placed in red. The
// operations that contradict each other come first; all others are one key away.
// Self-contained, because its source is put into the page as it is: no imports but types.

import type { HistoryData, HistoryOperation } from './history-data.js';
import type { panAndZoom } from './pan-and-zoom.js';

export interface HistoryViewOptions {
  /** Emptied and filled. */
  readonly box: HTMLElement;
  readonly data: HistoryData;
  /** Where keys are listened to: the page, if it holds nothing else, or the box. */
  readonly keys: HTMLElement | Document;
  readonly panAndZoom: typeof panAndZoom;
}

export interface HistoryView {
  /** Colours or size have changed. */
  refresh(): void;
}

/** Draws what the window shows and no more: O(lanes * width) at any number of operations. */
export function createHistory(options: HistoryViewOptions): HistoryView {
  const { box, data, keys, panAndZoom } = options;
  const { operations } = data;
  const axisHeight = 22;
  const laneHeight = 26;
  const overviewHeight = 44;
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const core = new Set(data.core);
  const context = new Set(data.context);
  const ends = operations.flatMap(({ call, return: end }) => (end === null ? [call] : [call, end]));
  const firstTime = ends.reduce((a, b) => Math.min(a, b), ends[0] ?? 0);
  const lastTime = ends.reduce((a, b) => Math.max(a, b), firstTime + 1);
  const total = lastTime - firstTime;

  let onlyCore = core.size > 0;
  let lanes: { readonly name: string; readonly operations: readonly HistoryOperation[] }[] = [];
  let shown: readonly HistoryOperation[] = [];
  let selected: HistoryOperation | null = null;
  let width = 0;
  let gutter = 76;
  const view = { from: firstTime, span: total };
  let frame = 0;
  let colors = new Map<string, string>();

  // ---- page

  function add(parent: Element, tag: string, css = '', text = ''): HTMLElement {
    const element = document.createElement(tag);
    if (css !== '') element.className = css;
    if (text !== '') element.textContent = text;
    parent.append(element);
    return element;
  }
  function button(parent: Element, text: string, title: string, act: () => void): HTMLElement {
    const element = add(parent, 'button', '', text);
    element.title = title;
    element.addEventListener('click', act);
    return element;
  }

  box.textContent = '';
  box.classList.add('history');
  const bar = add(box, 'div', 'history-bar');
  const chips = add(bar, 'div', 'chips');
  const coreChip = button(chips, '', 'The contradiction alone, or all operations (c)', () =>
    setOnlyCore(!onlyCore),
  );
  coreChip.className = 'chip';
  coreChip.hidden = core.size === 0;
  const caption = add(bar, 'span', 'history-caption');
  const zoomBox = add(bar, 'div', 'zoom');
  button(zoomBox, '◂', 'Previous operation (left arrow)', () => step(-1));
  button(zoomBox, '▸', 'Next operation (right arrow)', () => step(1));
  button(zoomBox, '−', 'Zoom out (-)', () => zoom(1.6));
  button(zoomBox, '+', 'Zoom in (+)', () => zoom(1 / 1.6));
  button(zoomBox, 'All', 'Whole history (0)', fit);
  const jump = button(zoomBox, 'Violation', 'The operation that cannot be placed (n)', toCulprit);
  jump.hidden = data.culprit === null;
  const stage = add(box, 'div', 'history-stage');
  const overview = add(stage, 'canvas', 'history-overview') as HTMLCanvasElement;
  const scroller = add(stage, 'div', 'history-scroll');
  const canvas = add(scroller, 'canvas', 'history-lanes') as HTMLCanvasElement;
  canvas.tabIndex = 0;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute(
    'aria-label',
    'Operations of all clients over time; arrow keys select one, which is then read out',
  );
  overview.setAttribute('aria-hidden', 'true');
  const tip = add(stage, 'div', 'history-tip');
  tip.hidden = true;
  const details = add(box, 'div', 'history-details');
  details.setAttribute('role', 'status');
  const paint = canvas.getContext('2d')!;
  const paintOverview = overview.getContext('2d')!;

  // ---- words

  function time(value: number): string {
    return data.unit === 's' ? `${(value / 1e6).toFixed(6)} s` : String(value);
  }
  function clientOf(operation: HistoryOperation): string {
    return data.lanes[operation.lane]!;
  }
  function interval(operation: HistoryOperation): string {
    const end = operation.return === null ? 'no end' : time(operation.return);
    return `${time(operation.call)} to ${end}`;
  }
  /** What is to be said of an operation beside what it did, most important first. */
  function remarks(operation: HistoryOperation): string[] {
    const out: string[] = [];
    const { id, outcome, place } = operation;
    if (id === data.culprit) out.push(`Cannot be placed: ${data.reason}`);
    else if (core.has(id)) out.push('One of the operations that contradict each other.');
    else if (context.has(id))
      out.push('May have had an effect between those; no effect of it helps.');
    for (const { order, refused } of data.deadEnds) {
      const refusal = refused.find((one) => one.id === id);
      if (refusal === undefined) continue;
      const place = order.length === 0 ? 'first' : `next after ${order.map(short).join(', then ')}`;
      out.push(`As the ${place}: ${refusal.why}.`);
    }
    if (outcome === 'fail') out.push('Failed: certainly without effect.');
    if (outcome === 'unknown')
      out.push('No answer: it may take effect at any time after its call, or never.');
    if (place !== null) out.push(`Number ${place} in the longest legal order found.`);
    else if (outcome === 'ok') out.push('Not in the longest legal order found.');
    return out;
  }
  function short(id: number): string {
    const operation = byId.get(id);
    return operation === undefined
      ? `operation ${id}`
      : `${operation.label} by ${clientOf(operation)}`;
  }

  // ---- what is shown

  function setOnlyCore(value: boolean): void {
    onlyCore = value && core.size > 0;
    shown = onlyCore ? operations.filter(({ id }) => core.has(id) || context.has(id)) : operations;
    const used = [...new Set(shown.map(({ lane }) => lane))].sort((a, b) => a - b);
    lanes = used.map((lane) => ({
      name: data.lanes[lane]!,
      operations: shown.filter((operation) => operation.lane === lane),
    }));
    coreChip.textContent = onlyCore
      ? `Contradiction only: ${core.size} of ${operations.length} operations`
      : `All ${operations.length} operations`;
    coreChip.setAttribute('aria-pressed', String(onlyCore));
    fit();
    refresh();
  }
  /** The window that holds what is shown, with some room around it. */
  function fit(): void {
    const times = shown.flatMap(({ call, return: end }) => (end === null ? [call] : [call, end]));
    const low = times.reduce((a, b) => Math.min(a, b), times[0] ?? 0);
    const high = times.reduce((a, b) => Math.max(a, b), low + 1);
    view.span = Math.max(high - low, total / 1e6, 1e-9) * 1.12;
    view.from = low - (view.span - (high - low)) / 2;
    schedule();
  }
  function clampWindow(): void {
    view.span = Math.min(Math.max(view.span, total / 1e6), total * 1.2);
    view.from = Math.min(
      Math.max(view.from, firstTime - view.span * 0.5),
      lastTime - view.span * 0.5,
    );
  }
  function zoom(factor: number): void {
    const about = selected === null ? view.from + view.span / 2 : selected.call;
    const place = Math.min(0.9, Math.max(0.1, (about - view.from) / view.span));
    view.span *= factor;
    clampWindow();
    view.from = about - place * view.span;
    schedule();
  }
  function select(operation: HistoryOperation | null, follow: boolean): void {
    selected = operation;
    details.textContent = '';
    document.documentElement.dataset.operation = operation === null ? '' : String(operation.id);
    if (operation === null) {
      schedule();
      return;
    }
    const title = add(details, 'p', operation.id === data.culprit ? 'what culprit' : 'what');
    title.textContent = `${operation.label} by ${clientOf(operation)}`;
    add(details, 'p', 'when', `operation ${operation.id} · ${interval(operation)}`);
    for (const remark of remarks(operation)) add(details, 'p', '', remark);
    if (follow) {
      const place = (operation.call - view.from) / view.span;
      if (place < 0.05 || place > 0.9) view.from = operation.call - view.span * 0.4;
      const lane = lanes.findIndex(({ name }) => name === clientOf(operation));
      const top = axisHeight + lane * laneHeight;
      if (
        top < scroller.scrollTop + axisHeight ||
        top > scroller.scrollTop + scroller.clientHeight - laneHeight
      )
        scroller.scrollTop = top - scroller.clientHeight / 2;
    }
    schedule();
  }
  function toCulprit(): void {
    const culprit = data.culprit === null ? undefined : byId.get(data.culprit);
    if (culprit === undefined) return;
    if (!shown.includes(culprit)) setOnlyCore(false);
    select(culprit, true);
  }
  /** In the order of calls. */
  function step(by: number): void {
    if (shown.length === 0) return;
    const at = selected === null ? -1 : shown.indexOf(selected);
    const next = at < 0 ? (by > 0 ? 0 : shown.length - 1) : at + by;
    select(shown[Math.min(Math.max(next, 0), shown.length - 1)]!, true);
  }
  /** To the lane above or below, at about the same time. */
  function stepLane(by: number): void {
    if (selected === null) {
      step(by);
      return;
    }
    const at = lanes.findIndex(({ name }) => name === clientOf(selected!));
    const lane = lanes[at + by];
    if (lane === undefined) return;
    const index = Math.max(0, after(lane.operations, selected.call) - 1);
    select(lane.operations[index]!, true);
  }
  /** First index of operations called after `moment`. */
  function after(list: readonly HistoryOperation[], moment: number): number {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle]!.call <= moment) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // ---- drawing

  function color(name: string): string {
    return colors.get(name) ?? '#888';
  }
  function xOf(moment: number): number {
    return gutter + ((moment - view.from) / view.span) * (width - gutter);
  }
  function timeAt(x: number): number {
    return view.from + ((x - gutter) / (width - gutter)) * view.span;
  }
  function size(target: HTMLCanvasElement, height: number): void {
    const ratio = window.devicePixelRatio || 1;
    target.width = Math.round(width * ratio);
    target.height = Math.round(height * ratio);
    target.style.height = `${height}px`;
    target.getContext('2d')!.setTransform(ratio, 0, 0, ratio, 0, 0);
  }
  function refresh(): void {
    width = stage.clientWidth;
    gutter = width < 600 ? 44 : 76;
    const style = getComputedStyle(document.documentElement);
    const names = [
      'ink',
      'muted',
      'line',
      'panel',
      'soft',
      'red',
      'on-red',
      'green',
      'amber',
      'accent',
    ];
    colors = new Map(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    size(canvas, axisHeight + lanes.length * laneHeight + 4);
    size(overview, overviewHeight);
    schedule();
  }
  function schedule(): void {
    if (frame !== 0) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  }
  function text(
    value: string,
    x: number,
    y: number,
    room: number,
    fill: string,
    font: string,
  ): void {
    paint.font = `${font} system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif`;
    paint.fillStyle = fill;
    let fits = value;
    const wide = paint.measureText(value).width;
    if (wide > room) {
      const letters = Math.floor((value.length * room) / wide) - 1;
      if (letters < 3) return;
      fits = `${value.slice(0, letters)}…`;
    }
    paint.fillText(fits, x, y);
  }

  function drawAxis(height: number): void {
    const rough = view.span / Math.max(2, (width - gutter) / 120);
    const power = 10 ** Math.floor(Math.log10(rough));
    const stride = [1, 2, 5, 10].map((k) => k * power).find((k) => k >= rough)!;
    const decimals = Math.min(6, Math.max(0, 6 - Math.floor(Math.log10(stride))));
    for (let t = Math.ceil(view.from / stride) * stride; t <= view.from + view.span; t += stride) {
      const x = Math.round(xOf(t));
      if (x < gutter) continue;
      paint.fillStyle = color('line');
      paint.fillRect(x, axisHeight - 6, 1, height);
      const label =
        data.unit === 's' ? `${(t / 1e6).toFixed(decimals)} s` : String(Math.round(t * 1e3) / 1e3);
      if (x < width - 50) text(label, x + 4, 13, 110, color('muted'), '11px');
    }
  }
  function toneOf(operation: HistoryOperation): string {
    if (operation.id === data.culprit) return 'red';
    if (core.has(operation.id)) return 'amber';
    if (operation.outcome === 'unknown') return 'muted';
    return operation.outcome === 'fail' ? 'line' : 'green';
  }
  function endOf(lane: readonly HistoryOperation[], at: number): number {
    const { return: end, call } = lane[at]!;
    if (end !== null) return end;
    // Without an end a bar runs to the next call of its client, open to the right.
    const next = lane[at + 1];
    return next === undefined ? Math.max(lastTime, call) : next.call;
  }
  function drawLane(lane: readonly HistoryOperation[], top: number): void {
    const first = Math.max(0, after(lane, view.from) - 1);
    const last = after(lane, view.from + view.span);
    let filledTo = Number.NEGATIVE_INFINITY;
    for (let at = first; at < last; at++) {
      const operation = lane[at]!;
      const x1 = Math.max(gutter, xOf(operation.call));
      const x2 = Math.max(Math.min(width, xOf(endOf(lane, at))), x1 + 1.5);
      const special = operation === selected || core.has(operation.id);
      // What lies within a pixel that is painted already would not be seen.
      if (x2 < gutter || (x2 <= filledTo && !special)) continue;
      filledTo = Math.max(filledTo, x2);
      drawBar(operation, x1, x2, top);
    }
  }
  function drawBar(operation: HistoryOperation, x1: number, x2: number, top: number): void {
    const tone = toneOf(operation);
    const strong = tone === 'red' || tone === 'amber';
    const height = laneHeight - 7;
    paint.fillStyle = color(tone);
    paint.globalAlpha = strong ? 1 : operation.outcome === 'unknown' ? 0.28 : 0.38;
    paint.fillRect(x1, top + 3, x2 - x1, height);
    paint.globalAlpha = 1;
    if (operation.return === null) {
      paint.strokeStyle = color(tone);
      paint.setLineDash([4, 3]);
      paint.lineWidth = 1.5;
      paint.strokeRect(x1, top + 3.5, x2 - x1 + 4, height - 1);
      paint.setLineDash([]);
    }
    if (x2 - x1 > 26) {
      const ink = strong ? color('panel') : color('ink');
      text(operation.label, x1 + 5, top + 17, x2 - x1 - 8, ink, strong ? '650 12px' : '12px');
    }
    if (operation.point !== null && x2 - x1 > 3) {
      const x = Math.min(Math.max(xOf(operation.point), x1 + 1), x2 - 1);
      paint.fillStyle = strong ? color('panel') : color('ink');
      paint.fillRect(x - 1, top + 1, 2, laneHeight - 3);
    }
    if (operation === selected) {
      paint.strokeStyle = color('accent');
      paint.lineWidth = 2.5;
      paint.strokeRect(x1 - 1.5, top + 1.5, x2 - x1 + 3, height + 3);
    }
  }
  function draw(): void {
    const height = axisHeight + lanes.length * laneHeight;
    paint.clearRect(0, 0, width, height + 4);
    drawAxis(height);
    const top = scroller.scrollTop;
    const bottom = top + scroller.clientHeight;
    lanes.forEach((lane, k) => {
      const y = axisHeight + k * laneHeight;
      if (y + laneHeight < top || y > bottom) return;
      paint.fillStyle = color('line');
      paint.fillRect(0, y + laneHeight - 1, width, 1);
      drawLane(lane.operations, y);
      paint.fillStyle = color('panel');
      paint.fillRect(0, y, gutter - 2, laneHeight - 1);
      text(lane.name, 6, y + 17, gutter - 10, color('ink'), '650 12.5px');
    });
    drawOverview();
    caption.textContent = `${shown.length} operations of ${lanes.length} client${lanes.length === 1 ? '' : 's'}`;
  }
  function drawOverview(): void {
    const target = paintOverview;
    target.clearRect(0, 0, width, overviewHeight);
    const columns = Math.max(1, Math.floor(width / 2));
    const counts = new Uint32Array(columns);
    const columnOf = (moment: number): number =>
      Math.min(columns - 1, Math.max(0, Math.floor(((moment - firstTime) / total) * columns)));
    for (const { call } of operations) counts[columnOf(call)]!++;
    const highest = counts.reduce((a, b) => Math.max(a, b), 1);
    target.fillStyle = color('muted');
    target.globalAlpha = 0.6;
    counts.forEach((value, column) => {
      const tall = (value / highest) * (overviewHeight - 10);
      target.fillRect(column * 2, overviewHeight - tall, 1.6, tall);
    });
    target.globalAlpha = 1;
    for (const id of [...core].reverse()) {
      const operation = byId.get(id);
      if (operation === undefined) continue;
      target.fillStyle = color(toneOf(operation));
      target.fillRect(columnOf(operation.call) * 2 - 1, 0, 3, overviewHeight);
    }
    const x1 = ((view.from - firstTime) / total) * width;
    const x2 = Math.max(x1 + 3, ((view.from + view.span - firstTime) / total) * width);
    target.strokeStyle = color('accent');
    target.lineWidth = 1.5;
    target.strokeRect(
      Math.max(0.75, x1),
      0.75,
      Math.min(width - 1.5, x2) - Math.max(0.75, x1),
      overviewHeight - 1.5,
    );
  }

  // ---- pointer and keys

  function hitAt(x: number, y: number): HistoryOperation | null {
    const lane = lanes[Math.floor((y - axisHeight) / laneHeight)];
    if (lane === undefined || x < gutter || y < axisHeight) return null;
    const list = lane.operations;
    // An earlier operation without an end reaches no farther than the next call.
    for (
      let at = Math.min(list.length, after(list, timeAt(x + 2))) - 1, tries = 0;
      at >= 0 && tries < 4;
      at--, tries++
    ) {
      if (
        xOf(list[at]!.call) - 2 <= x &&
        x <= Math.max(xOf(endOf(list, at)), xOf(list[at]!.call) + 2) + 2
      )
        return list[at]!;
    }
    return null;
  }

  panAndZoom({
    canvas,
    tip,
    shown: view,
    edges: () => ({ gutter, width }),
    changed() {
      clampWindow();
      schedule();
    },
    hover(x, y) {
      const hit = hitAt(x, y);
      if (hit === null) return null;
      const lines = [`${hit.label} by ${clientOf(hit)}`, interval(hit), ...remarks(hit)];
      return { text: lines.join('\n'), top: scroller.offsetTop + y - scroller.scrollTop + 18 };
    },
    click: (x, y) => select(hitAt(x, y), false),
  });
  overview.addEventListener('pointerdown', (event) => {
    if (onlyCore) setOnlyCore(false);
    const moment = firstTime + (event.offsetX / width) * total;
    if (view.span >= total) view.span = total / 8;
    view.from = moment - view.span / 2;
    clampWindow();
    schedule();
  });
  scroller.addEventListener('scroll', schedule);

  const actions: Record<string, () => void> = {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    ArrowUp: () => stepLane(-1),
    ArrowDown: () => stepLane(1),
    Home: () => select(shown[0] ?? null, true),
    End: () => select(shown[shown.length - 1] ?? null, true),
    n: toCulprit,
    c: () => setOnlyCore(!onlyCore),
    '+': () => zoom(1 / 1.6),
    '=': () => zoom(1 / 1.6),
    '-': () => zoom(1.6),
    '0': fit,
    Escape: () => select(null, false),
  };
  keys.addEventListener('keydown', (event) => {
    const { key, ctrlKey, metaKey, altKey, target } = event as KeyboardEvent;
    if (ctrlKey || metaKey || altKey) return;
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return;
    const act = actions[key];
    if (act === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  new ResizeObserver(() => {
    if (stage.clientWidth !== width) refresh();
  }).observe(stage);

  setOnlyCore(true);
  toCulprit();
  return { refresh };
}
