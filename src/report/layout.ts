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

const MARGIN_X = 78;
const MARGIN_TOP = 46;
/** Below a member stand three lines of text. */
const MARGIN_BOTTOM = 96;
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
  const bodies: Body[] = [...ring(members, 170, 0), ...ring(clients, 260, 0.5)];
  const links: { source: number; target: number }[] = [];
  for (let a = 0; a < members.length; a++) {
    for (let b = a + 1; b < members.length; b++) links.push({ source: a, target: b });
  }
  forceSimulation<Body>(bodies)
    .force('charge', forceManyBody<Body>().strength(-300))
    .force('links', forceLink<Body, (typeof links)[number]>(links).distance(220).strength(0.05))
    .force('ring', forceRadial<Body>((body) => (body.client ? 260 : 170)).strength(0.8))
    .force('room', forceCollide<Body>((body) => (body.client ? 24 : 60)))
    .stop()
    .tick(TICKS);
  return fit(bodies);
}

/** Starting places; the first stands at the top. `phase` turns the ring by parts of one step. */
function ring(processes: readonly { id: number; kind: string }[], radius: number, phase: number) {
  return processes.map((process, index): Body => {
    const angle = ((index + phase) / processes.length) * 2 * Math.PI - Math.PI / 2;
    return {
      id: process.id,
      client: process.kind === 'client',
      x: radius * Math.cos(angle),
      y: radius * Math.sin(angle),
    };
  });
}

/** Stretches the picture into the drawing, the wider axis as well as the other. */
function fit(bodies: readonly Body[]): readonly Placed[] {
  const xs = bodies.map((body) => body.x ?? 0);
  const ys = bodies.map((body) => body.y ?? 0);
  const x = scale(Math.min(...xs), Math.max(...xs), MARGIN_X, GRAPH_WIDTH - MARGIN_X);
  const y = scale(Math.min(...ys), Math.max(...ys), MARGIN_TOP, GRAPH_HEIGHT - MARGIN_BOTTOM);
  return bodies.map((body, index) => ({ id: body.id, x: x(xs[index]!), y: y(ys[index]!) }));
}

function scale(fromLow: number, fromHigh: number, toLow: number, toHigh: number) {
  const span = fromHigh - fromLow;
  return (value: number): number => {
    const share = span < 1 ? 0.5 : (value - fromLow) / span;
    return Math.round((toLow + share * (toHigh - toLow)) * 10) / 10;
  };
}
