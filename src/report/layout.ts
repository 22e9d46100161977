// Places the processes of the cluster graph: d3-force run to rest without a screen, once, when the
// report is written. Nothing moves afterwards, so that the eye can keep a member while time passes.
// Deterministic: starting places are given and d3-force draws from its own fixed generator.

import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceRadial,
  forceSimulation,
  type SimulationNodeDatum,
} from 'd3-force';

/** Size of the drawing that positions refer to. */
export const GRAPH_WIDTH = 640;
export const GRAPH_HEIGHT = 480;

const MARGIN_X = 92;
const MARGIN_TOP = 48;
/** Below a member stand three lines of text. */
const MARGIN_BOTTOM = 96;
/** Around the middle of a client. */
const EDGE = 28;
const TICKS = 300;

export interface Placed {
  readonly id: number;
  readonly x: number;
  readonly y: number;
}

interface Body extends SimulationNodeDatum {
  readonly id: number;
  readonly client: boolean;
}

/** Members on a ring in their order, clients around them. About 3 ms for a handful of processes. */
export function layoutProcesses(
  processes: readonly { readonly id: number; readonly kind: 'member' | 'client' }[],
): readonly Placed[] {
  const members = processes.filter((process) => process.kind === 'member');
  const clients = processes.filter((process) => process.kind === 'client');
  const bodies = [...memberBodies(members), ...clientBodies(clients, members.length)];
  const links: { source: number; target: number }[] = [];
  for (let a = 0; a < members.length; a++) {
    for (let b = a + 1; b < members.length; b++) links.push({ source: a, target: b });
  }
  forceSimulation<Body>(bodies)
    .force('charge', forceManyBody<Body>().strength(-60))
    .force('links', forceLink<Body, (typeof links)[number]>(links).distance(220).strength(0.02))
    .force('ring', forceRadial<Body>((body) => radiusOf(body.client)).strength(0.9))
    .force(
      'room',
      forceCollide<Body>((body) => (body.client ? 22 : 50)),
    )
    .stop()
    .tick(TICKS);
  return fit(bodies);
}

function radiusOf(client: boolean): number {
  return client ? 225 : 170;
}

/** Starting places: the first member stands at the top. */
function memberBodies(members: readonly { id: number }[]): Body[] {
  return members.map(({ id }, index) => bodyAt(id, false, index / members.length));
}

/**
 * Starting places in the gaps between members, from the top down and right before left, so that the
 * text below the members stays free for as long as there are few clients.
 */
function clientBodies(clients: readonly { id: number }[], memberCount: number): Body[] {
  const gapCount = Math.max(2, memberCount);
  const layers = Math.ceil(clients.length / gapCount);
  return clients.map(({ id }, index) => {
    const k = index % gapCount;
    const gap = k % 2 === 0 ? k / 2 : gapCount - (k + 1) / 2;
    const within = (Math.floor(index / gapCount) + 1) / (layers + 1);
    return bodyAt(id, true, (gap + within) / gapCount);
  });
}

function bodyAt(id: number, client: boolean, turn: number): Body {
  const angle = turn * 2 * Math.PI - Math.PI / 2;
  const radius = radiusOf(client);
  return { id, client, x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
}

/** Stretches the ring of members into the drawing, the wider axis as well as the other. */
function fit(bodies: readonly Body[]): readonly Placed[] {
  const inner = bodies.some((body) => !body.client) ? bodies.filter((b) => !b.client) : bodies;
  const xs = inner.map((body) => body.x ?? 0);
  const ys = inner.map((body) => body.y ?? 0);
  const x = scale(Math.min(...xs), Math.max(...xs), MARGIN_X, GRAPH_WIDTH - MARGIN_X);
  const y = scale(Math.min(...ys), Math.max(...ys), MARGIN_TOP, GRAPH_HEIGHT - MARGIN_BOTTOM);
  return bodies.map((body) => ({
    id: body.id,
    x: within(x(body.x ?? 0), GRAPH_WIDTH),
    y: within(y(body.y ?? 0), GRAPH_HEIGHT),
  }));
}

/** Keeps clients, whose ring is wider than the drawing, inside of it. */
function within(value: number, size: number): number {
  return Math.round(Math.min(Math.max(value, EDGE), size - EDGE) * 10) / 10;
}

function scale(fromLow: number, fromHigh: number, toLow: number, toHigh: number) {
  const span = fromHigh - fromLow;
  return (value: number): number => {
    const share = span < 1 ? 0.5 : (value - fromLow) / span;
    return toLow + share * (toHigh - toLow);
  };
}
