// Shapes of network partitions, as lists of directed links to cut.
// Pure: nothing here touches a network, draws randomness or knows when a partition ends.

import { assert } from '../base/assert.js';
import type { ProcessId } from '../base/ids.js';

/** From whom, to whom. */
export type DirectedLink = readonly [from: ProcessId, to: ProcessId];

/** Every link from one of `senders` to one of `receivers`; nobody is cut off from himself. */
export function linksBetween(
  senders: readonly ProcessId[],
  receivers: readonly ProcessId[],
): DirectedLink[] {
  const links: DirectedLink[] = [];
  for (const from of senders) {
    for (const to of receivers) if (from !== to) links.push([from, to]);
  }
  return links;
}

/** Both directions of every link between the two lists. */
export function linksAcross(
  one: readonly ProcessId[],
  other: readonly ProcessId[],
): DirectedLink[] {
  return [...linksBetween(one, other), ...linksBetween(other, one)];
}

/** Nobody reaches `inside` and it reaches nobody; among themselves both sides still talk. */
export function isolate(
  inside: readonly ProcessId[],
  everyone: readonly ProcessId[],
): DirectedLink[] {
  return linksAcross(inside, without(everyone, inside));
}

/** One way: `inside` hears nothing, but is heard. */
export function deafen(
  inside: readonly ProcessId[],
  everyone: readonly ProcessId[],
): DirectedLink[] {
  return linksBetween(without(everyone, inside), inside);
}

/** One way: nobody hears `inside`, but it hears everybody. */
export function mute(inside: readonly ProcessId[], everyone: readonly ProcessId[]): DirectedLink[] {
  return linksBetween(inside, without(everyone, inside));
}

/** Cuts every link between different groups. A process in no group is not cut off. */
export function split(groups: readonly (readonly ProcessId[])[]): DirectedLink[] {
  const links: DirectedLink[] = [];
  for (const [i, group] of groups.entries()) {
    for (const other of groups.slice(i + 1)) links.push(...linksAcross(group, other));
  }
  return links;
}

/**
 * Every process hears a majority around itself in the ring, but no two the same one (after Jepsen's
 * majorities ring). Where the majority is even, the window leans to one side, so some links are cut in
 * one direction only. With fewer than three processes there is nothing to cut.
 */
export function majorityRing(order: readonly ProcessId[]): DirectedLink[] {
  const count = order.length;
  const majority = Math.floor(count / 2) + 1;
  const links: DirectedLink[] = [];
  for (let at = 0; at < count; at++) {
    const first = at - Math.floor(majority / 2);
    for (let step = majority; step < count; step++) {
      const from = (first + step + count) % count;
      links.push([order[from]!, order[at]!]);
    }
  }
  return links;
}

/** Two halves that cannot talk, and the first process of `order`, which both can reach. */
export function bridge(order: readonly ProcessId[]): DirectedLink[] {
  assert(order.length >= 3, 'a bridge needs two sides', { processes: order.length });
  const middle = 1 + Math.floor((order.length - 1) / 2);
  return linksAcross(order.slice(1, middle), order.slice(middle));
}

function without(everyone: readonly ProcessId[], inside: readonly ProcessId[]): ProcessId[] {
  return everyone.filter((id) => !inside.includes(id));
}
