// The cluster graph of the viewer: members, links and messages in flight at one moment, as SVG.
// It draws what it is told and remembers nothing; positions come with the report and never change.
// Self-contained, because its source is put into the page as it is: no imports but types.

import type { ReportData, ViewerProcess } from './data.js';
import type { MessageLife, Model, ProcessState, Role } from './model.js';
import type { Words } from './words.js';

export interface Graph {
  /** Draws the states after `step`, with messages where they are at `nowUs`. */
  update(step: number, nowUs: number, states: readonly ProcessState[]): void;
}

export interface GraphOptions {
  readonly svg: SVGSVGElement;
  readonly data: ReportData;
  readonly model: Model;
  readonly words: Words;
  readonly select: (step: number) => void;
}

export function createGraph(options: GraphOptions): Graph {
  const { svg, data, model, words, select } = options;
  const dotsMax = 240;
  const members = data.processes.filter((process) => process.kind === 'member');
  const clients = data.processes.filter((process) => process.kind === 'client');
  const placeOf = new Map<number, ViewerProcess>();
  for (const process of data.processes) placeOf.set(process.id, process);

  const linkLayer = make('g', {}, svg);
  const rivalLayer = make('g', {}, svg);
  const nodeLayer = make('g', {}, svg);
  const crossLayer = make('g', {}, svg);
  const dotLayer = make('g', {}, svg);
  const overflow = make('text', { class: 'overflow', x: '12', y: '470' }, svg);
  const fadeUs = fadeTime();

  /** The namespace is taken from the page's own element, which keeps addresses out of the source. */
  function make(tag: string, attributes: Record<string, string>, parent: Element): SVGElement {
    const element = document.createElementNS(svg.namespaceURI, tag) as SVGElement;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    parent.append(element);
    return element;
  }

  /** How long the cross of a lost message stays: about as long as a message travels. */
  function fadeTime(): number {
    const lengths: number[] = [];
    for (const life of model.messages) {
      if (life.fate === 'deliver' && life.sent >= 0) lengths.push(life.endUs - life.startUs);
      if (lengths.length === 500) break;
    }
    lengths.sort((a, b) => a - b);
    return Math.max(1000, 2 * (lengths[lengths.length >> 1] ?? 0));
  }

  function shapeOf(role: Role): string {
    if (role === 'leader') return 'M-38 0L-19 -33L19 -33L38 0L19 33L-19 33Z';
    if (role === 'candidate' || role === 'pre-candidate') return 'M0 -38L38 0L0 38L-38 0Z';
    return 'M-31 0A31 31 0 1 1 31 0A31 31 0 1 1 -31 0Z';
  }

  function letterOf(role: Role): string {
    if (role === 'pre-candidate') return 'P';
    if (role === 'learner') return 'N';
    return role === '' ? '?' : role.charAt(0).toUpperCase();
  }

  const halves = new Map<string, SVGElement>();
  const crosses = new Map<string, SVGElement>();
  function addLink(a: ViewerProcess, b: ViewerProcess, kind: string): void {
    const x = (a.x + b.x) / 2;
    const y = (a.y + b.y) / 2;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const ends = { x1: `${from.x}`, y1: `${from.y}`, x2: `${x}`, y2: `${y}` };
      const line = make('line', { ...ends, class: `link ${kind}` }, linkLayer);
      halves.set(`${from.id}>${to.id}`, line);
    }
    const cross = make('path', { d: 'M-6 -6L6 6M6 -6L-6 6', class: 'cutmark' }, crossLayer);
    cross.setAttribute('transform', `translate(${x} ${y})`);
    crosses.set(`${a.id}-${b.id}`, cross);
  }
  members.forEach((a, index) => {
    for (const b of members.slice(index + 1)) addLink(a, b, 'peer');
  });
  for (const client of clients) for (const member of members) addLink(client, member, 'visitor');

  const nodes = members.map((process) => {
    const group = make('g', { class: 'node' }, nodeLayer);
    group.setAttribute('transform', `translate(${process.x} ${process.y})`);
    const halo = make('circle', { r: '44', class: 'halo' }, group);
    const shape = make('path', { class: 'shape' }, group);
    const hatch = make('path', { class: 'hatch', fill: 'url(#hatch)' }, group);
    const cross = make('path', { d: 'M-24 -24L24 24M24 -24L-24 24', class: 'downmark' }, group);
    const letter = make('text', { class: 'letter', y: '9' }, group);
    const name = make('text', { class: 'name', y: '58' }, group);
    name.textContent = process.name;
    const first = make('text', { class: 'line', y: '75' }, group);
    const second = make('text', { class: 'line second', y: '91' }, group);
    const title = make('title', {}, group);
    return { process, group, halo, shape, hatch, cross, letter, first, second, title };
  });
  for (const process of clients) {
    const group = make('g', { class: 'client' }, nodeLayer);
    group.setAttribute('transform', `translate(${process.x} ${process.y})`);
    make('rect', { x: '-19', y: '-12', width: '38', height: '24', rx: '7' }, group);
    make('text', { y: '5' }, group).textContent = process.name;
  }

  const dots = Array.from({ length: dotsMax }, () => {
    const group = make('g', { class: 'dot', visibility: 'hidden' }, dotLayer);
    make('circle', { r: '13', class: 'touch' }, group);
    const ring = make('circle', { r: '9', class: 'ring' }, group);
    const dot = make('circle', { r: '6', class: 'core' }, group);
    const cross = make('path', { d: 'M-6 -6L6 6M6 -6L-6 6', class: 'lost' }, group);
    const title = make('title', {}, group);
    const entry = { group, ring, dot, cross, title, life: undefined as MessageLife | undefined };
    group.addEventListener('click', () => {
      const life = entry.life;
      if (life !== undefined) select(life.sent >= 0 ? life.sent : life.ended);
    });
    return entry;
  });

  function show(element: SVGElement, visible: boolean): void {
    element.setAttribute('visibility', visible ? 'inherit' : 'hidden');
  }

  function drawNode(node: (typeof nodes)[number], state: ProcessState, rival: boolean): void {
    const role = model.roleOf(state);
    const down = state.status === 'down';
    const css = down ? 'down' : state.status === 'unknown' ? 'unseen' : `role-${role || 'none'}`;
    node.group.setAttribute('class', `node ${css}${rival ? ' rival' : ''}`);
    node.group.setAttribute('data-role', down ? 'down' : role);
    for (const path of [node.shape, node.hatch])
      path.setAttribute('d', shapeOf(down ? 'follower' : role));
    show(node.hatch, state.status === 'paused');
    show(node.cross, down);
    show(node.halo, rival);
    node.letter.textContent = down ? '' : letterOf(role);
    const { fields } = state;
    const term = fields.term ?? '–';
    const vote = words.value('vote', fields.vote);
    const commit = fields.commit ?? fields.commitIndex ?? '–';
    const applied = fields.applied ?? fields.appliedIndex ?? '–';
    const status =
      state.status === 'up' ? '' : state.status === 'unknown' ? 'not seen yet' : state.status;
    node.first.textContent =
      status === '' ? `term ${term}, vote ${vote}` : `${status}, term ${term}`;
    node.second.textContent = `commit ${commit}, applied ${applied}`;
    node.title.textContent = `${node.process.name}: ${status || role || 'running'}, term ${term}, vote ${vote}, commit ${commit}, applied ${applied}`;
  }

  function drawLinks(step: number): void {
    for (const [key, cross] of crosses) {
      const [a, b] = key.split('-') as [string, string];
      let any = false;
      for (const direction of [`${a}>${b}`, `${b}>${a}`]) {
        const [from, to] = direction.split('>');
        const cut = model.isCut(Number(from), Number(to), step);
        halves.get(direction)!.classList.toggle('cut', cut);
        any ||= cut;
      }
      show(cross, any && placeOf.get(Number(a))!.kind === placeOf.get(Number(b))!.kind);
    }
  }

  function drawRivals(ids: readonly number[]): void {
    rivalLayer.replaceChildren();
    for (let k = 1; k < ids.length; k++) {
      const a = placeOf.get(ids[k - 1]!)!;
      const b = placeOf.get(ids[k]!)!;
      const ends = { x1: `${a.x}`, y1: `${a.y}`, x2: `${b.x}`, y2: `${b.y}` };
      make('line', { ...ends, class: 'rivals' }, rivalLayer);
    }
  }

  /** A point of the way, shifted to the right of the direction so that two ways stay apart. */
  function pointOn(life: MessageLife, share: number): readonly [number, number] | null {
    const from = placeOf.get(life.from);
    const to = placeOf.get(life.to);
    if (from === undefined || to === undefined || from === to) return null;
    const dx = to.x - from.x;
    const dy = to.y - from.y;
    const length = Math.hypot(dx, dy) || 1;
    const start = from.kind === 'member' ? 40 : 18;
    const stop = length - (to.kind === 'member' ? 40 : 18);
    const along = start + (stop - start) * share;
    return [
      from.x + (dx / length) * along - (dy / length) * 7,
      from.y + (dy / length) * along + (dx / length) * 7,
    ];
  }

  function drawMessages(step: number, nowUs: number): void {
    const [first, last] = model.messagesBetween(nowUs - fadeUs, nowUs);
    let used = 0;
    let hidden = 0;
    for (let k = last - 1; k >= first; k--) {
      const life = model.messages[k]!;
      const begun = life.sent >= 0 ? life.sent <= step : life.ended <= step;
      if (!begun) continue;
      const over = life.ended >= 0 && life.ended <= step;
      const lost = over && life.fate === 'drop';
      if (over && !lost && life.ended !== step) continue;
      const age = lost ? (nowUs - life.endUs) / fadeUs : 0;
      if (age >= 1) continue;
      const length = life.endUs - life.startUs;
      const way = over ? 1 : length > 0 ? Math.min(1, (nowUs - life.startUs) / length) : 0;
      const point = pointOn(life, life.fate === 'drop' ? way * 0.5 : way);
      if (point === null) continue;
      const dot = dots[used];
      if (dot === undefined) {
        hidden++;
        continue;
      }
      used++;
      dot.life = life;
      dot.group.setAttribute(
        'transform',
        `translate(${point[0].toFixed(1)} ${point[1].toFixed(1)})`,
      );
      const now = life.sent === step || life.ended === step;
      dot.group.setAttribute('class', `dot m-${life.group}${now ? ' now' : ''}`);
      dot.group.setAttribute('opacity', lost ? (1 - age).toFixed(2) : '1');
      show(dot.group, true);
      show(dot.cross, lost);
      show(dot.dot, !lost);
      show(dot.ring, life.copy || now);
      const fate = lost ? ` dropped (${life.reason})` : '';
      dot.title.textContent = `${words.name(life.from)} → ${words.name(life.to)}${fate} ${life.label}`;
    }
    for (let k = used; k < dots.length; k++) {
      if (dots[k]!.life === undefined) break;
      dots[k]!.life = undefined;
      show(dots[k]!.group, false);
    }
    overflow.textContent = hidden > 0 ? `and ${words.count(hidden)} more messages in flight` : '';
  }

  function update(step: number, nowUs: number, states: readonly ProcessState[]): void {
    const rivals = model.rivals(states);
    for (const node of nodes) {
      const state = states[model.slotOf(node.process.id)]!;
      drawNode(node, state, rivals.includes(node.process.id));
    }
    drawLinks(step);
    drawRivals(rivals);
    drawMessages(step, nowUs);
  }

  return { update };
}
