// The places of the cluster graph: always the same, inside the drawing, and apart from each other.

import { describe, expect, it } from 'vitest';
import { GRAPH_HEIGHT, GRAPH_WIDTH, layoutProcesses } from '../../src/report/layout.js';

function cluster(members: number, clients: number) {
  return [
    ...Array.from({ length: members }, (_, i) => ({ id: i + 1, kind: 'member' as const })),
    ...Array.from({ length: clients }, (_, i) => ({ id: 1001 + i, kind: 'client' as const })),
  ];
}

describe('the layout of the cluster graph', () => {
  it('is the same every time', () => {
    expect(layoutProcesses(cluster(5, 2))).toEqual(layoutProcesses(cluster(5, 2)));
  });

  it('places every process inside the drawing, for every size of cluster', () => {
    for (const members of [1, 2, 3, 5, 7, 9]) {
      for (const clients of [0, 1, 4, 16]) {
        const places = layoutProcesses(cluster(members, clients));
        expect(places).toHaveLength(members + clients);
        for (const { x, y } of places) {
          expect(x).toBeGreaterThan(0);
          expect(x).toBeLessThan(GRAPH_WIDTH);
          expect(y).toBeGreaterThan(0);
          expect(y).toBeLessThan(GRAPH_HEIGHT);
        }
      }
    }
  });

  it('keeps members apart', () => {
    for (const members of [2, 3, 5, 7]) {
      const places = layoutProcesses(cluster(members, 3)).slice(0, members);
      for (const a of places) {
        for (const b of places) {
          if (a !== b) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(80);
        }
      }
    }
  });

  it('puts the first member at the top', () => {
    const [first, ...others] = layoutProcesses(cluster(5, 2)).slice(0, 5);
    for (const other of others) expect(first!.y).toBeLessThan(other.y);
  });
});
