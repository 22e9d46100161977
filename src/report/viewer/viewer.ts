/// <reference lib="dom" />
// The page's script: connects the graph, the timeline, the list, the details and the keyboard to one
// selected step of the trace. What a step means is the model's concern; how it looks, the parts'.
// Self-contained, because its source is put into the page as it is: no imports but types, and the
// other parts come as arguments.

import type { TraceEvent } from '../../base/trace.js';
import type { ReportData } from './data.js';
import type { createGraph } from './graph.js';
import type { createHistory } from './history.js';
import type { createLanes } from './lanes.js';
import type { createModel, MessageGroup, ProcessState } from './model.js';
import type { panAndZoom } from './pan-and-zoom.js';
import type { createWords } from './words.js';

export interface ViewerParts {
  readonly createWords: typeof createWords;
  readonly createModel: typeof createModel;
  readonly createGraph: typeof createGraph;
  readonly createLanes: typeof createLanes;
  readonly createHistory: typeof createHistory;
  readonly panAndZoom: typeof panAndZoom;
}

/** Starts the viewer in the page that html.ts has written. */
export function viewer(data: ReportData, parts: ViewerParts): void {
  const rowsAround = 60;
  const rowsMax = 480;
  const words = parts.createWords(data.processes);
  const model = parts.createModel(data);
  const { events } = model;
  const last = events.length - 1;
  const members = data.processes.filter((process) => process.kind === 'member');
  const stillPlease = matchMedia('(prefers-reduced-motion: reduce)');

  function get<T extends Element = HTMLElement>(id: string): T {
    return document.getElementById(id) as unknown as T;
  }
  function add(parent: Element, tag: string, css = '', text = ''): HTMLElement {
    const element = document.createElement(tag);
    if (css !== '') element.className = css;
    if (text !== '') element.textContent = text;
    parent.append(element);
    return element;
  }
  function clamp(step: number): number {
    return Math.min(Math.max(0, step), last);
  }

  const graph = parts.createGraph({ svg: get('graph'), data, model, words, select });
  const lanes = parts.createLanes({
    canvas: get('lanes'),
    overview: get('overview'),
    tip: get('tip'),
    caption: get('caption'),
    data,
    model,
    words,
    select,
    panAndZoom: parts.panAndZoom,
  });

  let history: ReturnType<typeof createHistory> | null = null;
  let selected = -1;
  let playing = false;
  let position = 0;
  let playedAt = 0;

  // ---- selection

  function select(step: number): void {
    stop();
    go(clamp(step), events[clamp(step)]!.t, true);
  }

  function go(step: number, nowUs: number, follow: boolean): void {
    const states = model.stateAt(step);
    graph.update(step, nowUs, states);
    lanes.show(step, nowUs, follow);
    if (step === selected) return;
    selected = step;
    drawStates(step, states);
    drawDetails(step);
    drawList();
    slider.value = String(step + 1);
    stepBox.value = String(step + 1);
    const event = events[step]!;
    get('now').textContent = `event ${words.count(event.n)} · ${words.precise(event.t)} s`;
    slider.setAttribute('aria-valuetext', sentenceOf(step));
    document.documentElement.dataset.step = String(step + 1);
    if (playing) return;
    get('live').textContent = sentenceOf(step);
    rememberInAddress();
  }

  function sentenceOf(step: number): string {
    return words.sentence(events[step]!, model.subjectOf(step));
  }

  let remembering: ReturnType<typeof setTimeout> | undefined;
  function rememberInAddress(): void {
    clearTimeout(remembering);
    // Browsers refuse to change the address many times a second.
    remembering = setTimeout(
      () => window.history.replaceState(null, '', `#step=${selected + 1}`),
      200,
    );
  }
  function stepInAddress(): number {
    const match = /[#&]step=(\d+)/.exec(location.hash);
    return match === null ? -1 : clamp(Number(match[1]) - 1);
  }

  /** The first of `steps` after the selected one, or the last before it. */
  function jump(steps: readonly number[], direction: 1 | -1): void {
    const ordered = direction > 0 ? steps : [...steps].reverse();
    const found = ordered.find((step) => (step - selected) * direction > 0);
    if (found !== undefined) select(found);
    else say(direction > 0 ? 'Nothing further on.' : 'Nothing before this.');
  }
  function say(text: string): void {
    get('live').textContent = text;
    const toast = get('toast');
    toast.textContent = text;
    toast.classList.remove('shown');
    void toast.offsetWidth;
    toast.classList.add('shown');
  }

  function processOf(event: TraceEvent): number {
    if ('p' in event) return event.p;
    if (event.kind === 'deliver') return event.to;
    return 'from' in event ? event.from : -1;
  }
  function alongProcess(direction: 1 | -1): void {
    const id = processOf(events[selected]!);
    for (let step = selected + direction; step >= 0 && step <= last; step += direction) {
      if (processOf(events[step]!) !== id) continue;
      select(step);
      return;
    }
    say('Nothing more of this process.');
  }
  /** From a delivery to its sending and back, or between the two ends of an operation. */
  function otherEnd(end: 'begin' | 'end'): void {
    const message = model.messageOf(selected);
    const operation = model.operationOf(selected);
    const begin = message?.sent ?? operation?.invoked ?? -1;
    const finish = message?.ended ?? operation?.returned ?? -1;
    const step = end === 'begin' ? begin : finish;
    if (step >= 0) select(step);
    else say('The trace does not hold the other end.');
  }
  function toViolation(): void {
    select(model.violations[0] ?? last);
  }

  // ---- playing

  function stop(): void {
    if (!playing) return;
    playing = false;
    drawPlayButton();
    rememberInAddress();
  }
  function toggle(): void {
    if (playing) {
      stop();
      return;
    }
    playing = true;
    position = selected >= last ? 0 : selected;
    playedAt = 0;
    drawPlayButton();
    requestAnimationFrame(tick);
  }
  function drawPlayButton(): void {
    const button = get('play');
    button.classList.toggle('playing', playing);
    button.setAttribute('aria-label', playing ? 'Pause' : 'Play');
  }
  /** Plays at so many events a second, and lets time pass evenly between two of them. */
  function tick(time: number): void {
    if (!playing) return;
    const perSecond = Number(get<HTMLSelectElement>('speed').value);
    const before = Math.floor(position);
    if (playedAt > 0) position += (Math.min(100, time - playedAt) / 1000) * perSecond;
    playedAt = time;
    const violation = model.violations.find((step) => step > before && step <= position);
    if (violation !== undefined || position >= last) {
      select(violation ?? last);
      return;
    }
    const step = Math.floor(position);
    const from = events[step]!.t;
    const share = stillPlease.matches ? 0 : position - step;
    go(step, from + (events[step + 1]!.t - from) * share, true);
    requestAnimationFrame(tick);
  }

  // ---- states of all members

  const cells = new Map<string, HTMLElement>();
  const rows = new Map<number, HTMLElement>();
  function buildStates(): void {
    const table = get('states');
    const head = add(add(table, 'thead'), 'tr');
    for (const title of ['member', 'role', ...model.fields.filter((field) => field !== 'role')])
      add(head, 'th', '', title).setAttribute('scope', 'col');
    const body = add(table, 'tbody');
    for (const member of members) {
      const row = add(body, 'tr');
      row.dataset.process = String(member.id);
      rows.set(member.id, row);
      add(row, 'th', '', member.name).setAttribute('scope', 'row');
      for (const field of ['role', ...model.fields.filter((name) => name !== 'role')]) {
        const cell = add(row, 'td');
        cell.dataset.field = field;
        cells.set(`${member.id}/${field}`, cell);
      }
    }
  }
  function roleText(state: ProcessState): string {
    if (state.status === 'down') return `down (${state.note})`;
    if (state.status === 'unknown') return 'not seen yet';
    const role = String(state.fields.role ?? 'starting');
    return state.status === 'paused' ? `${role}, paused` : role;
  }
  function drawStates(step: number, states: readonly ProcessState[]): void {
    const event = events[step]!;
    const rivals = model.rivals(states);
    for (const member of members) {
      const state = states[model.slotOf(member.id)]!;
      const row = rows.get(member.id)!;
      const mine = 'p' in event && event.p === member.id;
      row.className = `${state.status}${rivals.includes(member.id) ? ' rival' : ''}`;
      row.dataset.status = state.status;
      for (const field of ['role', ...model.fields]) {
        const cell = cells.get(`${member.id}/${field}`)!;
        const raw = state.fields[field];
        cell.dataset.value = raw === undefined ? '' : String(raw);
        const fresh = mine && event.kind === 'state' && field in event.state;
        cell.classList.toggle('fresh', fresh);
        if (field !== 'role') cell.textContent = words.value(field, raw);
        else {
          cell.textContent = '';
          const role = state.status === 'down' ? 'down' : model.roleOf(state) || 'none';
          add(cell, 'span', `swatch role-${role}`);
          cell.append(roleText(state));
        }
      }
    }
  }

  // ---- the selected event

  function kindOf(event: TraceEvent): string {
    if (event.kind === 'violation') return 'violation';
    if (event.kind === 'fault') return 'fault';
    if (event.kind === 'down') return 'crash';
    return event.kind;
  }
  function button(parent: Element, text: string, step: number): void {
    add(parent, 'button', 'link', text).addEventListener('click', () => select(step));
  }
  function drawDetails(step: number): void {
    const event = events[step]!;
    const kind = get('event-kind');
    kind.textContent = kindOf(event);
    kind.className = `kind k-${kindOf(event)}`;
    get('event-text').textContent = sentenceOf(step);
    get('event-where').textContent =
      `step ${words.count(step + 1)} of ${words.count(events.length)} · event ${words.count(event.n)} · ${words.precise(event.t)} s`;
    const more = get('event-more');
    more.replaceChildren();
    drawMessageDetails(step, more);
    drawOperationDetails(step, more);
    if (event.kind === 'state') drawDiff(step, event, more);
    if (event.kind === 'fault' && event.processes.length > 0)
      add(more, 'p', '', `Processes: ${event.processes.map(words.name).join(', ')}`);
    const before = model.violations.find((found) => found >= step);
    if (before !== undefined && before > step) {
      const ahead = words.duration(events[before]!.t - event.t);
      add(
        more,
        'p',
        'quiet',
        `${words.count(before - step)} steps and ${ahead} before the violation`,
      );
    }
  }
  function drawMessageDetails(step: number, more: Element): void {
    const life = model.messageOf(step);
    if (life === undefined) return;
    const length = words.duration(life.endUs - life.startUs);
    const line = add(more, 'p');
    if (life.fate === 'open') line.textContent = 'Still in flight when the trace ends. ';
    else if (life.sent < 0) line.textContent = 'Sent before the trace begins. ';
    else if (life.fate === 'deliver') line.textContent = `Under way for ${length}. `;
    else line.textContent = `Dropped after ${length}: ${life.reason}. `;
    if (life.copy) line.append('A copy made by the network. ');
    if (life.sent >= 0 && life.sent !== step) button(line, 'Go to sending', life.sent);
    if (life.ended >= 0 && life.ended !== step)
      button(line, life.fate === 'drop' ? 'Go to the loss' : 'Go to delivery', life.ended);
  }
  function drawOperationDetails(step: number, more: Element): void {
    const life = model.operationOf(step);
    if (life === undefined) return;
    const line = add(more, 'p');
    const length = words.duration(life.endUs - life.startUs);
    line.textContent =
      life.outcome === 'open'
        ? 'Not answered when the trace ends. '
        : `${life.label}: ${life.outcome} after ${length}. `;
    if (life.invoked !== step) button(line, 'Go to the call', life.invoked);
    if (life.returned >= 0 && life.returned !== step)
      button(line, 'Go to the return', life.returned);
  }
  function drawDiff(step: number, event: TraceEvent & { kind: 'state' }, more: Element): void {
    const slot = model.slotOf(event.p);
    if (slot < 0) return;
    const before = model.stateAt(step - 1)[slot]!.fields;
    const list = add(more, 'ul', 'diff');
    for (const [field, raw] of Object.entries(event.state)) {
      const item = add(list, 'li');
      add(item, 'span', 'field', field);
      if (before[field] !== undefined) {
        add(item, 'del', '', words.value(field, before[field]));
        item.append(' → ');
      }
      add(item, 'ins', '', words.value(field, raw));
    }
  }

  // ---- the list

  const list = get('list');
  const rowOf = new Map<number, HTMLElement>();
  const families: Readonly<Record<string, string>> = {
    send: 'messages',
    deliver: 'messages',
    drop: 'messages',
    duplicate: 'messages',
    state: 'states',
    boot: 'states',
    down: 'states',
    pause: 'states',
    resume: 'states',
    disk: 'disk',
    invoke: 'clients',
    return: 'clients',
    wake: 'timers',
  };
  const hiddenFamilies = new Set<string>(['timers']);
  let onlyProcess = 0;
  let marked: HTMLElement | undefined;

  function isListed(step: number): boolean {
    const event = events[step]!;
    const family = families[event.kind];
    if (family === undefined) return true;
    if (hiddenFamilies.has(family)) return false;
    if (onlyProcess === 0) return true;
    if ('p' in event) return event.p === onlyProcess;
    return 'from' in event && (event.from === onlyProcess || event.to === onlyProcess);
  }
  /** Up to `count` listed steps beyond `from`, in the order in which they were met. */
  function listedFrom(from: number, direction: 1 | -1, count: number): number[] {
    const found: number[] = [];
    for (let step = from + direction; step >= 0 && step <= last; step += direction) {
      if (!isListed(step)) continue;
      found.push(step);
      if (found.length === count) break;
    }
    return found;
  }
  function makeRow(step: number): HTMLElement {
    const event = events[step]!;
    const row = document.createElement('div');
    row.id = `row-${step + 1}`;
    row.className = `row k-${kindOf(event)}`;
    row.setAttribute('role', 'option');
    row.setAttribute('aria-selected', 'false');
    row.dataset.step = String(step + 1);
    add(row, 'span', 'time', words.precise(event.t));
    add(row, 'span', 'ordinal', words.count(event.n));
    add(row, 'span', `kind k-${kindOf(event)}`, kindOf(event));
    add(row, 'span', 'what', sentenceOf(step));
    rowOf.set(step, row);
    return row;
  }
  function rebuildList(): void {
    rowOf.clear();
    const before = listedFrom(selected, -1, rowsAround).reverse();
    const after = listedFrom(selected, 1, rowsAround);
    list.replaceChildren(...[...before, selected, ...after].map(makeRow));
  }
  function extendList(direction: 1 | -1): void {
    const edge = direction > 0 ? list.lastElementChild : list.firstElementChild;
    if (!(edge instanceof HTMLElement)) return;
    const more = listedFrom(Number(edge.dataset.step) - 1, direction, rowsAround);
    const height = list.scrollHeight;
    for (const step of more) {
      if (direction > 0) list.append(makeRow(step));
      else list.prepend(makeRow(step));
    }
    while (list.childElementCount > rowsMax) {
      const gone = (direction > 0 ? list.firstElementChild : list.lastElementChild) as HTMLElement;
      rowOf.delete(Number(gone.dataset.step) - 1);
      if (direction > 0) list.scrollTop -= gone.offsetHeight;
      gone.remove();
    }
    if (direction < 0) list.scrollTop += list.scrollHeight - height;
  }
  function drawList(): void {
    const row = rowOf.get(selected);
    const index = row === undefined ? -1 : [...list.children].indexOf(row);
    const hasRoom = index > 15 && index < list.childElementCount - 15;
    if (row === undefined || (!hasRoom && list.childElementCount > rowsAround)) rebuildList();
    marked?.classList.remove('selected');
    marked?.setAttribute('aria-selected', 'false');
    marked = rowOf.get(selected);
    if (marked === undefined) return;
    marked.classList.add('selected');
    marked.setAttribute('aria-selected', 'true');
    list.setAttribute('aria-activedescendant', marked.id);
    const top = marked.offsetTop;
    const visible = top >= list.scrollTop + 20 && top < list.scrollTop + list.clientHeight - 50;
    if (!visible) list.scrollTop = top - list.clientHeight / 2;
  }
  function listAgain(): void {
    rebuildList();
    drawList();
  }

  // ---- controls

  const slider = get<HTMLInputElement>('slider');
  const stepBox = get<HTMLInputElement>('step-box');
  function on(id: string, action: () => void): void {
    get(id).addEventListener('click', action);
  }
  function isDark(): boolean {
    const chosen = document.documentElement.dataset.theme;
    if (chosen !== undefined) return chosen === 'dark';
    return matchMedia('(prefers-color-scheme: dark)').matches;
  }
  function changeTheme(): void {
    document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
    recolour();
  }
  function recolour(): void {
    lanes.refresh();
    history?.refresh();
  }
  async function copy(): Promise<void> {
    const source = get('repro');
    try {
      await navigator.clipboard.writeText(source.textContent ?? '');
    } catch {
      // The clipboard may be closed to local files; then the text is at least selected.
      getSelection()?.selectAllChildren(source);
      document.execCommand('copy');
    }
    say('Command copied.');
  }
  function help(): void {
    const dialog = get<HTMLDialogElement>('help-dialog');
    if (dialog.open) dialog.close();
    else dialog.showModal();
  }

  function buildControls(): void {
    slider.max = stepBox.max = String(events.length);
    slider.addEventListener('input', () => select(Number(slider.value) - 1));
    stepBox.addEventListener('change', () => select(Math.round(Number(stepBox.value)) - 1));
    on('first', () => select(0));
    on('previous', () => select(selected - 1));
    on('play', toggle);
    on('next', () => select(selected + 1));
    on('last', () => select(last));
    on('to-violation', toViolation);
    on('fault-previous', () => jump(model.faultSteps, -1));
    on('fault-next', () => jump(model.faultSteps, 1));
    on('election-next', () => jump(model.elections, 1));
    on('zoom-in', () => lanes.zoom(0.5));
    on('zoom-out', () => lanes.zoom(2));
    on('zoom-fit', () => lanes.fit());
    for (const id of ['fault-previous', 'fault-next'])
      get<HTMLButtonElement>(id).disabled = model.faultSteps.length === 0;
    get<HTMLButtonElement>('election-next').disabled = model.elections.length === 0;
    if (model.violations.length === 0) {
      get('to-violation').textContent = 'Jump to the end';
      get('to-violation').classList.add('plain');
    }
    buildMarks();
    buildMessageFilter();
    buildListFilter();
    document.addEventListener('click', (event) => {
      const target = (event.target as Element).closest<HTMLElement>('[data-step]');
      if (target?.dataset.step === undefined || target === document.documentElement) return;
      event.preventDefault();
      select(Number(target.dataset.step) - 1);
    });
  }
  /** Faults and violations above the slider. */
  function buildMarks(): void {
    const marks = get('marks');
    for (const [steps, css] of [
      [model.faultSteps, 'fault'],
      [model.violations, 'violation'],
    ] as const) {
      for (const step of steps.slice(0, 300))
        add(marks, 'i', css).style.left = `${((step / Math.max(1, last)) * 100).toFixed(3)}%`;
    }
  }
  function buildMessageFilter(): void {
    const counts = new Map<MessageGroup, number>();
    for (const life of model.messages) counts.set(life.group, (counts.get(life.group) ?? 0) + 1);
    for (const [group, count] of [...counts].sort((a, b) => b[1] - a[1])) {
      const chip = add(get('message-filter'), 'button', `chip m-${group}`);
      add(chip, 'span', 'stroke');
      chip.append(group);
      add(chip, 'small', '', words.count(count));
      chip.title = `Show or hide ${group} messages in the timeline`;
      chip.setAttribute('aria-pressed', 'true');
      chip.addEventListener('click', () => {
        const visible = chip.getAttribute('aria-pressed') !== 'true';
        chip.setAttribute('aria-pressed', String(visible));
        lanes.toggle(group, visible);
      });
    }
  }
  function buildListFilter(): void {
    const present = new Set(events.map((event) => families[event.kind] ?? ''));
    for (const family of ['messages', 'states', 'disk', 'clients', 'timers']) {
      if (!present.has(family)) continue;
      const chip = add(get('list-filter'), 'button', 'chip', family);
      chip.setAttribute('aria-pressed', String(!hiddenFamilies.has(family)));
      chip.addEventListener('click', () => {
        if (hiddenFamilies.has(family)) hiddenFamilies.delete(family);
        else hiddenFamilies.add(family);
        chip.setAttribute('aria-pressed', String(!hiddenFamilies.has(family)));
        listAgain();
      });
    }
    const choice = get<HTMLSelectElement>('list-process');
    for (const process of data.processes)
      choice.append(new Option(`only ${process.name}`, String(process.id)));
    choice.addEventListener('change', () => {
      onlyProcess = Number(choice.value);
      listAgain();
    });
    list.addEventListener('scroll', () => {
      if (list.scrollTop < 120) extendList(-1);
      else if (list.scrollTop + list.clientHeight > list.scrollHeight - 120) extendList(1);
    });
  }

  const keys: Readonly<Record<string, () => void>> = {
    ' ': toggle,
    ArrowLeft: () => select(selected - 1),
    ArrowRight: () => select(selected + 1),
    'shift ArrowLeft': () => alongProcess(-1),
    'shift ArrowRight': () => alongProcess(1),
    Home: () => select(0),
    End: () => select(last),
    PageUp: () => select(selected - 20),
    PageDown: () => select(selected + 20),
    '[': () => otherEnd('begin'),
    ']': () => otherEnd('end'),
    n: () => jump(model.violations, 1),
    N: () => jump(model.violations, -1),
    v: toViolation,
    f: () => jump(model.faultSteps, 1),
    F: () => jump(model.faultSteps, -1),
    e: () => jump(model.elections, 1),
    E: () => jump(model.elections, -1),
    '+': () => lanes.zoom(0.5),
    '=': () => lanes.zoom(0.5),
    '-': () => lanes.zoom(2),
    '0': () => lanes.fit(),
    g: () => stepBox.select(),
    t: changeTheme,
    '?': help,
  };
  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    const inText = target.matches('select, input:not([type=range])');
    if (inText || (target.closest('dialog') !== null && event.key !== '?')) return;
    // A focused button is pressed by space; only elsewhere does space play.
    if (event.key === ' ' && target.matches('button, summary, a')) return;
    if (target.id === 'list' && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault();
      select(listedFrom(selected, event.key === 'ArrowUp' ? -1 : 1, 1)[0] ?? selected);
      return;
    }
    const shifted = event.shiftKey && event.key.startsWith('Arrow');
    const action = keys[shifted ? `shift ${event.key}` : event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }

  // ---- start

  document.documentElement.classList.add('live');
  on('copy', () => void copy());
  on('theme', changeTheme);
  on('help', help);
  const box = document.getElementById('history-box');
  if (data.history !== null && box !== null)
    history = parts.createHistory({
      box,
      data: data.history,
      keys: box,
      panAndZoom: parts.panAndZoom,
    });
  if (events.length === 0) {
    get('explorer').hidden = true;
    get('transport').hidden = true;
    return;
  }
  buildStates();
  buildControls();
  lanes.refresh();
  let knownWidth = get('lanes-box').clientWidth;
  new ResizeObserver(() => {
    if (get('lanes-box').clientWidth === knownWidth) return;
    knownWidth = get('lanes-box').clientWidth;
    lanes.refresh();
  }).observe(get('lanes-box'));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour);
  document.addEventListener('keydown', onKey);
  addEventListener('hashchange', () => {
    const step = stepInAddress();
    if (step >= 0 && step !== selected) select(step);
  });
  const wanted = stepInAddress();
  select(wanted >= 0 ? wanted : (model.violations[0] ?? last));
}
