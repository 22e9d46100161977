// Passes that take things out of a plan: faults, clients, operations, members.

import { type Fault, type Plan, quorumOf, type Target } from '../../scenario/plan.js';
import { type Candidates, eliminate, type Parts, type Pass } from './pass.js';
import { moved } from './sooner.js';

const FAULTS: Parts = {
  count: (plan) => plan.faults.length,
  without: (plan, from, to) => ({
    ...plan,
    faults: plan.faults.filter((_, i) => i < from || i >= to),
  }),
};

/** The operations of all clients, one client after the other. */
const OPERATIONS: Parts = {
  count: (plan) => plan.clients.reduce((sum, client) => sum + client.operations.length, 0),
  without: (plan, from, to) => {
    let index = 0;
    const keep = (): boolean => {
      const at = index++;
      return at < from || at >= to;
    };
    return {
      ...plan,
      clients: plan.clients.map((client) => ({
        ...client,
        operations: client.operations.filter(keep),
      })),
    };
  },
};

/** Empties clients; their names stay, and with them the streams of the others. */
const CLIENTS: Parts = {
  count: (plan) => plan.clients.filter(({ operations }) => operations.length > 0).length,
  without: (plan, from, to) => {
    let index = 0;
    return {
      ...plan,
      clients: plan.clients.map((client) => {
        if (client.operations.length === 0) return client;
        const at = index++;
        return at < from || at >= to ? client : { operations: [] };
      }),
    };
  },
};

/** In chunks of a quarter or more: few candidates, each of which would gain much. */
const COARSE = (count: number): number => count / 4;
/** Down to the last element. */
const FINE = (): number => 1;

function withoutFaults(name: string, sizeMin: (count: number) => number): Pass {
  return {
    name,
    *candidates(plan, width) {
      let current = plan;
      // What came last before the failure is more likely to matter than what came first.
      for (let keep = 0; keep < current.faults.length; keep = Math.max(1, keep * 2)) {
        const last = FAULTS.without(current, 0, current.faults.length - keep);
        const accepted: Plan | null = yield [last];
        if (accepted === null) continue;
        current = accepted;
        break;
      }
      yield* eliminate(current, width, FAULTS, sizeMin);
    },
  };
}

function withoutOperations(name: string, sizeMin: (count: number) => number): Pass {
  return {
    name,
    *candidates(plan, width) {
      let current = plan;
      // Whole clients first: they are few.
      for (const [parts, least] of [
        [CLIENTS, FINE],
        [OPERATIONS, sizeMin],
      ] as const) {
        const candidates = eliminate(current, width, parts, least);
        for (let next = candidates.next(); !next.done; ) {
          const accepted: Plan | null = yield next.value;
          if (accepted !== null) current = accepted;
          next = candidates.next(accepted);
        }
      }
    },
  };
}

/**
 * One stretch of the plan by itself, early in the run: two to sixteen faults that follow each other, and the
 * operations meanwhile. A short run costs little, so that many seeds can be tried on each.
 */
export const oneStretch: Pass = {
  name: 'one stretch of it',
  *candidates(plan, width) {
    for (const count of [2, 4, 8, 16]) {
      const starts: number[] = [];
      for (let at = plan.faults.length - count; at > 0; at -= count / 2) starts.push(at);
      for (let i = 0; i < starts.length; i += width) {
        const batch = starts.slice(i, i + width).map((at) => stretch(plan, at, count));
        if ((yield batch) !== null) return;
      }
    }
  },
};

/** Before the first fault of a stretch, and after its last one. */
const AROUND_US = 500_000;

function stretch(plan: Plan, from: number, count: number): Plan {
  const faults = plan.faults.slice(from, from + count);
  const fromUs = Math.max(0, faults[0]!.atUs - AROUND_US);
  const untilUs = Math.min(plan.durationUs, faults.at(-1)!.atUs + 4 * AROUND_US);
  const inside = ({ notBeforeUs = 0 }): boolean => notBeforeUs >= fromUs && notBeforeUs <= untilUs;
  const clients = plan.clients.map(({ operations, ...rest }) => ({
    ...rest,
    operations: operations.filter(inside),
  }));
  const part = { ...plan, faults, clients, durationUs: untilUs };
  return moved(part, (us) => us - fromUs + AROUND_US);
}

export const muchFewerFaults = withoutFaults('much fewer faults', COARSE);
export const fewerFaults = withoutFaults('fewer faults', FINE);
export const muchFewerOperations = withoutOperations('much fewer operations', COARSE);
export const fewerOperations = withoutOperations('fewer operations', FINE);

/** Clients at the end that do nothing have no name to keep. */
export const fewerClients: Pass = {
  name: 'fewer clients',
  *candidates(plan) {
    const last = plan.clients.findLastIndex(({ operations }) => operations.length > 0);
    if (last + 1 < plan.clients.length) {
      const clients = plan.clients.slice(0, last + 1);
      const accepted = yield [{ ...plan, clients }];
      if (accepted === null) return;
      plan = accepted;
    }
    const busy = plan.clients.filter(({ operations }) => operations.length > 0);
    if (busy.length < plan.clients.length) yield [{ ...plan, clients: busy }];
  },
};

/** A smaller cluster with the same parts: three members, then one. */
export const fewerMembers: Pass = {
  name: 'fewer members',
  *candidates(plan, width): Candidates {
    let current = plan;
    for (const count of [1, 3]) {
      if (count >= current.members) continue;
      const sets = subsets(current.members, count).map((kept) => onlyMembers(current, kept));
      for (let at = 0; at < sets.length; at += width) {
        const accepted: Plan | null = yield sets.slice(at, at + width);
        if (accepted === null) continue;
        current = accepted;
        break;
      }
    }
  },
};

function subsets(members: number, count: number): number[][] {
  if (count === 0) return [[]];
  const found: number[][] = [];
  for (let last = count; last <= members; last++) {
    for (const rest of subsets(last - 1, count - 1)) found.push([...rest, last]);
  }
  return found;
}

/** The plan with these members only, numbered anew. Faults that hit none of them go. */
function onlyMembers(plan: Plan, kept: readonly number[]): Plan {
  const renumber = (target: Target): Target =>
    target.flatMap((who): Target => {
      if (typeof who !== 'number') return [who];
      const at = kept.indexOf(who);
      return at < 0 ? [] : [at + 1];
    });
  const faults = plan.faults.flatMap((fault): Fault[] => {
    if ('target' in fault) {
      const target = renumber(fault.target);
      return target.length === 0 ? [] : [{ ...fault, target }];
    }
    switch (fault.kind) {
      case 'split': {
        const groups = fault.groups.map(renumber).filter((group) => group.length > 0);
        return groups.length === 0 ? [] : [{ ...fault, groups }];
      }
      case 'ring':
      case 'bridge':
        return [{ ...fault, order: renumber(fault.order) as number[] }];
      case 'degrade':
      case 'clog': {
        const from = renumber(fault.from);
        const to = renumber(fault.to);
        // An empty list means everybody, which is not what is left of a named member.
        const gone =
          (from.length === 0 && fault.from.length > 0) || (to.length === 0 && fault.to.length > 0);
        return gone ? [] : [{ ...fault, from, to }];
      }
      default:
        return [fault];
    }
  });
  const { core, ...rest } = plan;
  const keptCore = core === undefined ? [] : (renumber(core) as number[]);
  return {
    ...rest,
    // With less than a quorum left of it there is no core: then everybody is healed.
    ...(core !== undefined && keptCore.length >= quorumOf(kept.length) ? { core: keptCore } : {}),
    members: kept.length,
    faults,
    disks: kept.map((id) => plan.disks[id - 1]!),
    clocks: kept.map((id) => plan.clocks[id - 1]!),
    ...(plan.electionTicks === undefined
      ? {}
      : { electionTicks: kept.map((id) => plan.electionTicks![id - 1]!) }),
  };
}
