// The timeline of the viewer: one lane for each process, on canvas, and the overview strip above it.
// It owns the visible window of time, and nothing else; what is selected it is told.
// Self-contained, because its source is put into the page as it is: no imports but types.

import type { ReportData } from './data.js';
import type { Band, MessageGroup, MessageLife, Model, OperationLife, Track } from './model.js';
import type { panAndZoom } from './pan-and-zoom.js';
import type { Words } from './words.js';

export interface LanesOptions {
  readonly canvas: HTMLCanvasElement;
  readonly overview: HTMLCanvasElement;
  readonly tip: HTMLElement;
  readonly caption: HTMLElement;
  readonly data: ReportData;
  readonly model: Model;
  readonly words: Words;
  readonly select: (step: number) => void;
  readonly panAndZoom: typeof panAndZoom;
}

export interface Lanes {
  /** Moves the cursor; the window follows when `follow` is set. */
  show(step: number, nowUs: number, follow: boolean): void;
  /** Makes the window `factor` times as long, around the cursor. */
  zoom(factor: number): void;
  fit(): void;
  toggle(group: MessageGroup, visible: boolean): void;
  /** Colours or size have changed. */
  refresh(): void;
}

export function createLanes(options: LanesOptions): Lanes {
  const { canvas, overview, tip, caption, data, model, words, select, panAndZoom } = options;
  const arrowsMax = 10_000;
  const headsMax = 1500;
  const axisHeight = 24;
  const faultHeight = 18;
  const clientHeight = 26;
  const overviewHeight = 64;
  const context = canvas.getContext('2d')!;
  const overviewContext = overview.getContext('2d')!;
  const backdrop = document.createElement('canvas');
  const hiddenGroups = new Set<MessageGroup>();
  const groups = [
    'election',
    'append',
    'heartbeat',
    'snapshot',
    'read',
    'client',
    'other',
  ] as const;
  const faultRows = packFaults();
  const commitMax = highestCommit();
  const totalUs = Math.max(1000, model.endUs - model.startUs);

  let width = 0;
  let memberHeight = 62;
  let gutter = 84;
  let colors = new Map<string, string>();
  const view = { from: model.startUs, span: totalUs };
  let cursorStep = 0;
  let cursorUs = model.startUs;
  let frame = 0;
  let backdropReady = false;

  interface Hit {
    readonly step: number;
    readonly distance: number;
    readonly text: string;
  }

  // ---- geometry

  function packFaults(): readonly number[] {
    const ends: number[] = [];
    return model.faults.map((fault) => {
      let row = ends.findIndex((end) => end < fault.beginUs);
      if (row < 0) row = Math.min(ends.length, 3);
      // An instant needs room for its label as well.
      ends[row] = Math.max(
        ends[row] ?? 0,
        fault.endUs,
        fault.beginUs + (model.endUs - model.startUs) / 14,
      );
      return row;
    });
  }

  function highestCommit(): number {
    let highest = 1;
    for (const track of model.tracks) {
      for (const point of track.progress) highest = Math.max(highest, point.commit, point.applied);
    }
    return highest;
  }

  const lanesTop = axisHeight + faultHeight * (Math.max(-1, ...faultRows) + 1) + 4;

  function laneTop(slot: number): number {
    let top = lanesTop;
    for (let k = 0; k < slot; k++) top += model.tracks[k]!.member ? memberHeight : clientHeight;
    return top;
  }
  /** Top and bottom of the band of a process, between which its messages start and end. */
  function bandOf(slot: number): readonly [number, number] {
    const top = laneTop(slot);
    return model.tracks[slot]!.member ? [top + 8, top + 28] : [top + 4, top + 22];
  }
  function xOf(us: number): number {
    return gutter + ((us - view.from) / view.span) * (width - gutter);
  }
  function usOf(x: number): number {
    return view.from + ((x - gutter) / (width - gutter)) * view.span;
  }
  /** Ends of a message's arrow; a lost message stops halfway. */
  function arrowOf(life: MessageLife): readonly [number, number, number, number] | null {
    const from = model.slotOf(life.from);
    const to = model.slotOf(life.to);
    if (from < 0 || to < 0 || from === to) return null;
    const down = to > from;
    const x1 = xOf(life.startUs);
    const y1 = bandOf(from)[down ? 1 : 0];
    const x2 = xOf(life.endUs);
    const y2 = bandOf(to)[down ? 0 : 1];
    if (life.fate !== 'drop') return [x1, y1, x2, y2];
    return [x1, y1, life.startUs === life.endUs ? x1 : x2, (y1 + y2) / 2];
  }
  function clampWindow(): void {
    view.span = Math.min(Math.max(view.span, 200), totalUs * 1.08);
    const slack = view.span * 0.5;
    view.from = Math.min(
      Math.max(view.from, model.startUs - slack),
      model.endUs + slack - view.span,
    );
    if (view.span >= totalUs) view.from = model.startUs - (view.span - totalUs) / 2;
  }
  /** First index in time-ordered `list` after `us`. */
  function after<T>(list: readonly T[], at: (item: T) => number, us: number): number {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at(list[middle]!) <= us) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // ---- colours and canvas

  function color(name: string): string {
    return colors.get(name) ?? '#888';
  }
  function readColors(): void {
    const style = getComputedStyle(document.documentElement);
    const names = [
      'ink',
      'muted',
      'line',
      'panel',
      'soft',
      'red',
      'green',
      'amber',
      'accent',
      'fault',
    ];
    for (const group of groups) names.push(`m-${group}`);
    for (const role of ['leader', 'candidate', 'pre-candidate', 'follower', 'learner', 'none'])
      names.push(`role-${role}`, `role-${role}-ink`);
    names.push('down', 'down-ink');
    colors = new Map(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  }
  function fitCanvas(target: HTMLCanvasElement, cssWidth: number, cssHeight: number): void {
    const ratio = window.devicePixelRatio || 1;
    target.width = Math.round(cssWidth * ratio);
    target.height = Math.round(cssHeight * ratio);
    target.style.height = `${cssHeight}px`;
    target.getContext('2d')!.setTransform(ratio, 0, 0, ratio, 0, 0);
  }
  function refresh(): void {
    width = canvas.parentElement!.clientWidth;
    gutter = width < 600 ? 52 : 92;
    memberHeight = width < 600 ? 54 : 62;
    readColors();
    fitCanvas(canvas, width, laneTop(model.tracks.length) + 6);
    fitCanvas(overview, width, overviewHeight);
    fitCanvas(backdrop, width, overviewHeight);
    backdropReady = false;
    clampWindow();
    schedule();
  }
  function schedule(): void {
    if (frame === 0)
      frame = requestAnimationFrame(() => {
        frame = 0;
        draw();
      });
  }

  // ---- drawing

  function bandColor(band: Band): string {
    if (band.status === 'down') return color('down');
    return color(band.role === '' ? 'role-none' : `role-${band.role}`);
  }
  function text(value: string, x: number, y: number, fill: string, font = '12px'): void {
    context.fillStyle = fill;
    context.font = `${font} system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif`;
    context.fillText(value, x, y);
  }
  /** Text that is cut to fit, or left out when not even a few letters do. */
  function fitted(value: string, x: number, y: number, room: number, fill: string, font?: string) {
    if (room < 14) return;
    context.font = `${font ?? '12px'} system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif`;
    let shown = value;
    if (context.measureText(shown).width > room) {
      const fits = Math.floor((shown.length * room) / context.measureText(shown).width) - 1;
      if (fits < 3) return;
      shown = `${shown.slice(0, fits)}…`;
    }
    text(shown, x, y, fill, font);
  }

  function drawAxis(height: number): void {
    const rough = view.span / Math.max(2, (width - gutter) / 110);
    const power = 10 ** Math.floor(Math.log10(rough));
    const stepUs = [1, 2, 5, 10].map((k) => k * power).find((k) => k >= rough)!;
    const decimals = Math.min(6, Math.max(0, 6 - Math.floor(Math.log10(stepUs))));
    for (
      let us = Math.ceil(view.from / stepUs) * stepUs;
      us <= view.from + view.span;
      us += stepUs
    ) {
      const x = Math.round(xOf(us)) + 0.5;
      context.fillStyle = color('line');
      context.fillRect(x, axisHeight - 6, 1, height);
      if (us >= 0 && x < width - 40)
        text(`${(us / 1e6).toFixed(decimals)} s`, x + 4, 13, color('muted'), '11px');
    }
  }

  function drawFaults(height: number): void {
    model.faults.forEach((fault, index) => {
      const x1 = Math.max(gutter, xOf(fault.beginUs));
      const x2 = Math.min(width, Math.max(xOf(fault.endUs), x1 + 3));
      if (xOf(fault.endUs) + 160 < gutter || xOf(fault.beginUs) > width) return;
      const y = axisHeight + faultRows[index]! * faultHeight;
      if (xOf(fault.endUs) >= gutter) {
        context.fillStyle = color('fault');
        context.globalAlpha = 0.09;
        context.fillRect(x1, y, x2 - x1, height - y);
        context.globalAlpha = 1;
        context.fillRect(x1, y, x2 - x1, faultHeight - 4);
      }
      if (x2 - x1 > 60) {
        fitted(fault.label, x1 + 6, y + 12, x2 - x1 - 10, color('panel'), '600 11px');
      } else if (xOf(fault.endUs) >= gutter) {
        fitted(fault.label, x2 + 4, y + 12, 150, color('fault'), '600 11px');
      }
    });
  }

  function drawRule(slot: number): void {
    context.fillStyle = color('line');
    context.fillRect(0, laneTop(slot + 1) - 1, width, 1);
  }
  function drawBands(track: Track, slot: number): void {
    const [top, bottom] = bandOf(slot);
    const first = Math.max(0, after(track.bands, (band) => band.startUs, view.from) - 1);
    for (let k = first; k < track.bands.length; k++) {
      const band = track.bands[k]!;
      const x1 = Math.max(gutter, xOf(band.startUs));
      const next = track.bands[k + 1];
      const x2 = Math.min(width, next === undefined ? xOf(model.endUs) + 1 : xOf(next.startUs));
      if (x1 > width) break;
      if (x2 <= x1) continue;
      context.fillStyle = bandColor(band);
      context.fillRect(x1, top, x2 - x1, bottom - top);
      if (band.status === 'down') crossOut(x1, x2, top, bottom);
      if (band.status === 'paused') hatch(x1, x2, top, bottom);
      if (x1 > gutter) {
        context.fillStyle = color('panel');
        context.fillRect(x1 - 0.75, top, 1.5, bottom - top);
      }
      const ink =
        band.status === 'down' ? color('down-ink') : color(`role-${band.role || 'none'}-ink`);
      fitted(bandText(band), x1 + 5, top + 14, x2 - x1 - 8, ink, '600 11.5px');
    }
  }
  function bandText(band: Band): string {
    const name = band.status === 'up' ? band.role || 'starting' : band.status;
    return band.term > 0 ? `${name} · term ${band.term}` : name;
  }
  function crossOut(x1: number, x2: number, top: number, bottom: number): void {
    context.strokeStyle = color('panel');
    context.lineWidth = 1;
    context.globalAlpha = 0.55;
    context.beginPath();
    context.moveTo(x1, top);
    context.lineTo(x2, bottom);
    context.moveTo(x1, bottom);
    context.lineTo(x2, top);
    context.stroke();
    context.globalAlpha = 1;
  }
  function hatch(x1: number, x2: number, top: number, bottom: number): void {
    context.save();
    context.beginPath();
    context.rect(x1, top, x2 - x1, bottom - top);
    context.clip();
    context.strokeStyle = color('panel');
    context.lineWidth = 2;
    context.beginPath();
    for (let x = x1 - 20; x < x2; x += 8) {
      context.moveTo(x, bottom);
      context.lineTo(x + 20, top);
    }
    context.stroke();
    context.restore();
  }

  /** Commit as a filled level, applied as a broken line, on the scale of the whole run. */
  function drawProgress(track: Track, slot: number): void {
    const floor = laneTop(slot) + memberHeight - 2;
    context.strokeStyle = color('muted');
    context.fillStyle = color('muted');
    context.lineWidth = 1;
    for (const field of ['commit', 'applied'] as const) {
      const line = new Path2D();
      const area = new Path2D();
      traceLevel(track, field, floor, (x1, x2, y, joined) => {
        if (joined) line.lineTo(x1, y);
        else line.moveTo(x1, y);
        line.lineTo(x2, y);
        area.rect(x1, y, x2 - x1, floor - y);
      });
      context.setLineDash(field === 'commit' ? [] : [2, 3]);
      context.stroke(line);
      context.globalAlpha = 0.16;
      if (field === 'commit') context.fill(area);
      context.globalAlpha = 1;
    }
    context.setLineDash([]);
  }
  /** Calls `visit` for each visible stretch of a level, leaving out what is narrower than a pixel. */
  function traceLevel(
    track: Track,
    field: 'commit' | 'applied',
    floor: number,
    visit: (x1: number, x2: number, y: number, joined: boolean) => void,
  ): void {
    const room = memberHeight - 44;
    const first = Math.max(0, after(track.progress, (point) => point.startUs, view.from) - 1);
    let joined = false;
    let drawn = -1;
    for (let k = first; k < track.progress.length; k++) {
      const point = track.progress[k]!;
      const x1 = Math.max(gutter, drawn, xOf(point.startUs));
      if (x1 > width) break;
      const x2 = Math.min(width, xOf(track.progress[k + 1]?.startUs ?? model.endUs));
      if (x2 - x1 < 0.5) continue;
      if (point[field] >= 0) visit(x1, x2, floor - (point[field] / commitMax) * room, joined);
      joined = point[field] >= 0;
      drawn = x2;
    }
  }

  function drawDisk(track: Track, slot: number): void {
    const y = bandOf(slot)[1] + 1;
    let drawn = -1;
    for (let k = after(track.disk, (mark) => mark.us, view.from - 1); k < track.disk.length; k++) {
      const mark = track.disk[k]!;
      const x = xOf(mark.us);
      if (x > width) break;
      if (x < gutter) continue;
      if (mark.bad) {
        context.fillStyle = color('red');
        context.fillRect(x - 1.5, y, 3, 9);
        context.fillRect(x - 3.5, y + 9, 7, 3);
      } else if (x - drawn > 1) {
        drawn = x;
        context.fillStyle = color('muted');
        context.fillRect(x - 0.5, y, 1, 5);
      }
    }
  }

  /** Crash: cross. Start: triangle. Pause and resume: bars. */
  function drawGlyphs(track: Track, slot: number): void {
    const y = laneTop(slot) + 4;
    const first = Math.max(0, after(track.bands, (band) => band.startUs, view.from) - 1);
    for (let k = first; k < track.bands.length; k++) {
      const band = track.bands[k]!;
      const x = xOf(band.startUs);
      if (x > width) break;
      if (x < gutter) continue;
      const was = track.bands[k - 1]?.status ?? 'unknown';
      if (was === band.status) continue;
      if (band.status === 'down') {
        context.strokeStyle = color('red');
        context.lineWidth = 2.5;
        context.beginPath();
        context.moveTo(x - 5, y - 5);
        context.lineTo(x + 5, y + 5);
        context.moveTo(x + 5, y - 5);
        context.lineTo(x - 5, y + 5);
        context.stroke();
      } else if (was === 'down') {
        context.fillStyle = color('green');
        context.beginPath();
        context.moveTo(x - 4, y - 5);
        context.lineTo(x + 6, y);
        context.lineTo(x - 4, y + 5);
        context.fill();
      } else if (band.status === 'paused') {
        context.fillStyle = color('amber');
        context.fillRect(x - 4, y - 5, 3, 10);
        context.fillRect(x + 1, y - 5, 3, 10);
      }
    }
  }

  function operationColor(outcome: OperationLife['outcome']): string {
    if (outcome === 'ok') return color('green');
    return color(outcome === 'fail' ? 'red' : 'amber');
  }
  function drawOperations(track: Track, slot: number): void {
    const [top, bottom] = bandOf(slot);
    let drawn = -1;
    for (const life of track.operations) {
      const x1 = Math.max(gutter, xOf(life.startUs));
      const x2 = Math.min(width, Math.max(xOf(life.endUs), x1 + 1.5));
      if (x2 < gutter || x1 > width || (x2 - drawn < 0.5 && drawn >= 0)) continue;
      drawn = x2;
      const fill = operationColor(life.outcome);
      context.fillStyle = fill;
      context.globalAlpha = life.outcome === 'open' ? 0.12 : 0.28;
      context.fillRect(x1, top, x2 - x1, bottom - top);
      context.globalAlpha = 1;
      if (life.outcome === 'unknown') hatch(x1, x2, top, bottom);
      context.fillRect(x1, top, Math.min(3, x2 - x1), bottom - top);
      if (life.outcome !== 'open') context.fillRect(x1, bottom - 2, x2 - x1, 2);
      const note = life.outcome === 'ok' ? '' : ` (${life.outcome})`;
      fitted(`${life.label}${note}`, x1 + 7, top + 13, x2 - x1 - 10, color('ink'), '11px');
    }
  }

  function drawMessages(first: number, last: number): void {
    const heads = last - first <= headsMax;
    for (const group of groups) {
      if (hiddenGroups.has(group)) continue;
      context.strokeStyle = color(`m-${group}`);
      context.fillStyle = color(`m-${group}`);
      context.lineWidth = 1.1;
      context.globalAlpha = last - first > 3000 ? 0.35 : 0.8;
      const whole = new Path2D();
      const broken = new Path2D();
      for (let k = first; k < last; k++) {
        const life = model.messages[k]!;
        if (life.group !== group) continue;
        const line = arrowOf(life);
        if (line === null || line[2] < gutter) continue;
        const path = life.fate === 'deliver' ? whole : broken;
        path.moveTo(line[0], line[1]);
        path.lineTo(line[2], line[3]);
        if (life.fate === 'drop') crossAt(path, line[2], line[3]);
        else if (heads && life.fate === 'deliver') headAt(line);
      }
      context.stroke(whole);
      context.setLineDash([4, 3]);
      context.stroke(broken);
      context.setLineDash([]);
    }
    context.globalAlpha = 1;
  }
  function crossAt(path: Path2D, x: number, y: number): void {
    path.moveTo(x - 3.5, y - 3.5);
    path.lineTo(x + 3.5, y + 3.5);
    path.moveTo(x + 3.5, y - 3.5);
    path.lineTo(x - 3.5, y + 3.5);
  }
  function headAt(line: readonly [number, number, number, number]): void {
    const length = Math.hypot(line[2] - line[0], line[3] - line[1]) || 1;
    const ux = (line[2] - line[0]) / length;
    const uy = (line[3] - line[1]) / length;
    context.beginPath();
    context.moveTo(line[2], line[3]);
    context.lineTo(line[2] - 7 * ux - 3 * uy, line[3] - 7 * uy + 3 * ux);
    context.lineTo(line[2] - 7 * ux + 3 * uy, line[3] - 7 * uy - 3 * ux);
    context.fill();
  }
  /** Too many to tell apart: how many each process sent, in columns of four pixels. */
  function drawDensity(first: number, last: number): void {
    const columns = Math.ceil((width - gutter) / 4);
    const counts = model.tracks.map(() => new Uint32Array(columns));
    let highest = 1;
    for (let k = first; k < last; k++) {
      const life = model.messages[k]!;
      const column = Math.floor((xOf(life.startUs) - gutter) / 4);
      const slot = model.slotOf(life.from);
      if (slot < 0 || column < 0 || column >= columns || hiddenGroups.has(life.group)) continue;
      highest = Math.max(highest, ++counts[slot]![column]!);
    }
    context.fillStyle = color('m-append');
    context.globalAlpha = 0.6;
    counts.forEach((row, slot) => {
      const bottom = bandOf(slot)[1];
      const room = model.tracks[slot]!.member ? memberHeight - 34 : 0;
      row.forEach((value, column) => {
        context.fillRect(gutter + column * 4, bottom + 2, 3.5, (value / highest) * room);
      });
    });
    context.globalAlpha = 1;
  }

  function drawSelection(height: number): void {
    const x = xOf(cursorUs);
    context.fillStyle = color('accent');
    context.fillRect(x - 1, axisHeight - 8, 2, height);
    context.beginPath();
    context.moveTo(x - 6, axisHeight - 10);
    context.lineTo(x + 6, axisHeight - 10);
    context.lineTo(x, axisHeight - 2);
    context.fill();
    const life = model.messageOf(cursorStep);
    const line = life === undefined ? null : arrowOf(life);
    if (life !== undefined && line !== null) {
      context.strokeStyle = color('accent');
      context.fillStyle = color('accent');
      context.lineWidth = 3;
      context.beginPath();
      context.moveTo(line[0], line[1]);
      context.lineTo(line[2], line[3]);
      context.stroke();
      if (life.fate === 'deliver') headAt(line);
    }
    const event = model.events[cursorStep];
    if (event !== undefined && 'p' in event && model.slotOf(event.p) >= 0) {
      const [top, bottom] = bandOf(model.slotOf(event.p));
      context.strokeStyle = color('accent');
      context.lineWidth = 2;
      context.strokeRect(x - 5, top - 2, 10, bottom - top + 4);
    }
  }

  function drawViolations(height: number): void {
    for (const step of model.violations) {
      const x = xOf(model.events[step]!.t);
      if (x < gutter || x > width) continue;
      context.fillStyle = color('red');
      context.fillRect(x - 1, axisHeight, 2, height);
      const label = data.violation?.invariant ?? 'violation';
      context.font = '700 11px system-ui, sans-serif';
      const room = context.measureText(label).width + 10;
      const left = x + room > width ? x - room : x;
      context.fillRect(left, height - 16, room, 16);
      text(label, left + 5, height - 4.5, color('panel'), '700 11px');
    }
  }

  function drawGutter(track: Track, slot: number): void {
    const top = laneTop(slot);
    const height = track.member ? memberHeight : clientHeight;
    context.fillStyle = color('panel');
    context.fillRect(0, top, gutter - 2, height);
    context.fillStyle = color('line');
    context.fillRect(0, top + height - 1, gutter - 2, 1);
    fitted(track.name, 8, top + (track.member ? 22 : 17), gutter - 10, color('ink'), '700 13px');
    if (!track.member) return;
    const known = track.progress[after(track.progress, (point) => point.startUs, cursorUs) - 1];
    if (known === undefined || known.commit < 0) return;
    const wide = gutter > 60;
    fitted(
      `${wide ? 'commit ' : 'c '}${known.commit}`,
      8,
      top + 38,
      gutter - 10,
      color('muted'),
      '11px',
    );
    if (known.applied >= 0)
      fitted(
        `${wide ? 'applied ' : 'a '}${known.applied}`,
        8,
        top + 51,
        gutter - 10,
        color('muted'),
        '11px',
      );
  }

  function draw(): void {
    const height = laneTop(model.tracks.length) + 6;
    context.clearRect(0, 0, width, height);
    const [first, last] = model.messagesBetween(view.from, view.from + view.span);
    const dense = last - first > arrowsMax;
    drawAxis(height);
    drawFaults(height);
    model.tracks.forEach((track, slot) => {
      drawRule(slot);
      if (track.member) drawBands(track, slot);
      if (!dense) drawProgress(track, slot);
    });
    caption.textContent = dense
      ? `${words.count(last - first)} messages in this window, shown as density: zoom in for arrows`
      : '';
    if (dense) drawDensity(first, last);
    else drawMessages(first, last);
    model.tracks.forEach((track, slot) => {
      drawDisk(track, slot);
      drawGlyphs(track, slot);
      drawOperations(track, slot);
    });
    drawSelection(height);
    context.fillStyle = color('panel');
    context.fillRect(0, 0, gutter - 2, lanesTop);
    if (model.faults.length > 0)
      fitted('faults', 8, axisHeight + 12, gutter - 10, color('fault'), '600 11px');
    model.tracks.forEach((track, slot) => {
      drawGutter(track, slot);
    });
    drawViolations(height);
    drawOverview();
  }

  // ---- overview

  function overviewX(us: number): number {
    return ((us - model.startUs) / totalUs) * (width - 4) + 2;
  }
  /** Who was what when, above how much happened: drawn once for each size and theme. */
  function drawBackdrop(): void {
    const target = backdrop.getContext('2d')!;
    target.clearRect(0, 0, width, overviewHeight);
    const members = model.tracks.filter((track) => track.member);
    const row = Math.max(2, Math.min(7, 40 / Math.max(1, members.length)));
    model.faults.forEach((fault) => {
      target.fillStyle = color('fault');
      target.globalAlpha = 0.16;
      const x = overviewX(fault.beginUs);
      target.fillRect(x, 0, Math.max(1.5, overviewX(fault.endUs) - x), overviewHeight);
      target.globalAlpha = 1;
    });
    members.forEach((track, index) => {
      track.bands.forEach((band, k) => {
        const x = overviewX(band.startUs);
        const end = overviewX(track.bands[k + 1]?.startUs ?? model.endUs);
        target.fillStyle = bandColor(band);
        target.fillRect(x, 3 + index * row, Math.max(1, end - x), row - 1);
      });
    });
    const columns = Math.max(1, Math.ceil(width / 2));
    const counts = new Uint32Array(columns);
    for (const event of model.events)
      counts[Math.min(columns - 1, Math.floor(overviewX(event.t) / 2))]!++;
    const highest = Math.max(1, ...counts);
    target.fillStyle = color('muted');
    counts.forEach((value, column) => {
      const height = (value / highest) * (overviewHeight - 8 - members.length * row);
      target.fillRect(column * 2, overviewHeight - height, 1.5, height);
    });
    for (const step of model.violations) {
      target.fillStyle = color('red');
      target.fillRect(overviewX(model.events[step]!.t) - 1, 0, 2.5, overviewHeight);
    }
    backdropReady = true;
  }
  function drawOverview(): void {
    if (!backdropReady) drawBackdrop();
    overviewContext.clearRect(0, 0, width, overviewHeight);
    overviewContext.drawImage(backdrop, 0, 0, width, overviewHeight);
    const x1 = overviewX(view.from);
    const x2 = Math.max(overviewX(view.from + view.span), x1 + 3);
    overviewContext.fillStyle = color('soft');
    overviewContext.globalAlpha = 0.5;
    overviewContext.fillRect(0, 0, x1, overviewHeight);
    overviewContext.fillRect(x2, 0, width - x2, overviewHeight);
    overviewContext.globalAlpha = 1;
    overviewContext.strokeStyle = color('accent');
    overviewContext.lineWidth = 1.5;
    overviewContext.strokeRect(x1, 1, x2 - x1, overviewHeight - 2);
    overviewContext.fillStyle = color('accent');
    overviewContext.fillRect(overviewX(cursorUs) - 0.75, 0, 1.5, overviewHeight);
  }

  // ---- pointer

  function distanceTo(line: readonly [number, number, number, number], x: number, y: number) {
    const dx = line[2] - line[0];
    const dy = line[3] - line[1];
    const along = ((x - line[0]) * dx + (y - line[1]) * dy) / (dx * dx + dy * dy || 1);
    const share = Math.min(1, Math.max(0, along));
    return { distance: Math.hypot(x - line[0] - share * dx, y - line[1] - share * dy), share };
  }
  function nearestMessage(x: number, y: number): Hit | null {
    const [first, last] = model.messagesBetween(usOf(x - 10), usOf(x + 10));
    if (last - first > arrowsMax) return null;
    let best: Hit | null = null;
    for (let k = first; k < last; k++) {
      const life = model.messages[k]!;
      const line = hiddenGroups.has(life.group) ? null : arrowOf(life);
      if (line === null) continue;
      const { distance, share } = distanceTo(line, x, y);
      if (distance > 7 || (best !== null && best.distance <= distance)) continue;
      const step = (share > 0.5 && life.ended >= 0) || life.sent < 0 ? life.ended : life.sent;
      const fate =
        life.fate === 'deliver'
          ? `took ${words.duration(life.endUs - life.startUs)}`
          : life.fate === 'drop'
            ? `dropped (${life.reason})`
            : 'in flight when the trace ends';
      const copy = life.copy ? 'copy, ' : '';
      const route = `${words.name(life.from)} → ${words.name(life.to)}`;
      best = { step, distance, text: `${route}  ${life.label}\n${copy}${fate}` };
    }
    return best;
  }
  function slotAt(y: number): number {
    return model.tracks.findIndex((_, slot) => y >= laneTop(slot) && y < laneTop(slot + 1));
  }
  function inLane(slot: number, x: number, y: number): Hit | null {
    const track = model.tracks[slot]!;
    const us = usOf(x);
    const [top, bottom] = bandOf(slot);
    for (const mark of track.disk) {
      const near = Math.abs(xOf(mark.us) - x);
      if (y > bottom && y < bottom + 14 && near < (mark.bad ? 6 : 3))
        return { step: mark.step, distance: near, text: words.sentence(model.events[mark.step]!) };
    }
    if (y < top - 6 || y > bottom + 1) return null;
    for (const life of track.operations) {
      if (x < xOf(life.startUs) - 2 || x > Math.max(xOf(life.endUs), xOf(life.startUs) + 2))
        continue;
      const length = words.duration(life.endUs - life.startUs);
      const lines = `${words.name(life.p)}  ${life.label}\n${life.outcome} after ${length}\n${life.result}`;
      return {
        step: life.returned >= 0 ? life.returned : life.invoked,
        distance: 2,
        text: lines.trim(),
      };
    }
    const band = track.bands[after(track.bands, (item) => item.startUs, us) - 1];
    if (band === undefined || !track.member) return null;
    const since = `since ${words.precise(band.startUs)} s`;
    return { step: band.step, distance: 3, text: `${track.name}  ${bandText(band)}\n${since}` };
  }
  function hitAt(x: number, y: number): Hit | null {
    if (x < gutter) return null;
    if (y < lanesTop) {
      const index = model.faults.findIndex((fault, k) => {
        const row = axisHeight + faultRows[k]! * faultHeight;
        const end = Math.max(xOf(fault.endUs), xOf(fault.beginUs) + 8);
        return y >= row && y < row + faultHeight && x >= xOf(fault.beginUs) - 4 && x <= end;
      });
      const fault = model.faults[index];
      if (fault === undefined) return null;
      const span = `${words.precise(fault.beginUs)} to ${words.precise(fault.endUs)} s`;
      const step = Math.max(0, model.stepAt(fault.beginUs));
      return { step, distance: 0, text: `${fault.label}\n${span}` };
    }
    const message = nearestMessage(x, y);
    const slot = slotAt(y);
    const lane = slot < 0 ? null : inLane(slot, x, y);
    if (message === null || (lane !== null && lane.distance < message.distance)) return lane;
    return message;
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
      return hit === null ? null : { text: hit.text, top: canvas.offsetTop + y + 16 };
    },
    click(x, y) {
      const step = hitAt(x, y)?.step ?? model.stepAt(usOf(x));
      if (x >= gutter) select(Math.max(0, step));
    },
  });

  function fromOverview(event: PointerEvent): void {
    const us = model.startUs + ((event.offsetX - 2) / (width - 4)) * totalUs;
    select(Math.max(0, model.stepAt(us)));
  }
  overview.addEventListener('pointerdown', (event) => {
    overview.setPointerCapture(event.pointerId);
    fromOverview(event);
  });
  overview.addEventListener('pointermove', (event) => {
    if (event.buttons === 1) fromOverview(event);
  });

  // ---- interface

  /** The first window holds a few hundred events before the cursor, and a few after it. */
  function firstWindow(step: number): void {
    const last = model.events.length - 1;
    const begin = model.events[Math.max(0, step - 200)]?.t ?? model.startUs;
    const end = model.events[Math.min(last, step + 60)]?.t ?? model.endUs;
    view.span = Math.max(2000, (end - begin) * 1.05);
    view.from = begin;
    clampWindow();
  }

  let opened = false;
  function show(step: number, nowUs: number, follow: boolean): void {
    cursorStep = step;
    cursorUs = nowUs;
    if (!opened) firstWindow(step);
    opened = true;
    const place = (nowUs - view.from) / view.span;
    if (follow && (place < -0.5 || place > 1.5)) view.from = nowUs - view.span * 0.65;
    else if (follow && place > 0.88) view.from = nowUs - view.span * 0.88;
    else if (follow && place < 0.2) view.from = nowUs - view.span * 0.2;
    clampWindow();
    schedule();
  }
  function zoom(factor: number): void {
    const place = Math.min(0.9, Math.max(0.1, (cursorUs - view.from) / view.span));
    view.span *= factor;
    clampWindow();
    view.from = cursorUs - place * view.span;
    clampWindow();
    schedule();
  }
  function fit(): void {
    view.span = totalUs * 1.04;
    clampWindow();
    schedule();
  }
  function toggle(group: MessageGroup, visible: boolean): void {
    if (visible) hiddenGroups.delete(group);
    else hiddenGroups.add(group);
    schedule();
  }

  return { show, zoom, fit, toggle, refresh };
}
