// Processes end for a reason: no crash ever, and no process stops itself without an injected fault that
// explains it. And after everything has healed the cluster works again.

import type { Invariant } from './invariant.js';

export const NO_CRASH: Invariant = {
  id: 'PROCESS-NO-CRASH',
  source: 'assertions of the system under test',
  explain: 'No process ends by an assertion or an uncaught exception.',
};

export const EXCUSED_FAIL_STOP: Invariant = {
  id: 'PROCESS-FAIL-STOP-EXCUSED',
  source: 'FoundationDB, asInjectedFault',
  explain: 'A process stops itself only because of a fault that was injected.',
};

export const EXCUSED_REPAIR: Invariant = {
  id: 'PROCESS-REPAIR-EXCUSED',
  source: 'FoundationDB, asInjectedFault',
  explain: 'A member misses durable entries only because of a fault that was injected.',
};

export const CONVERGENCE: Invariant = {
  id: 'LIVENESS-CONVERGES',
  source: 'TigerBeetle VOPR, liveness mode',
  explain:
    'After all faults have healed, or those of a core, every healed member recovers, one leads, and all reach the same state within the bound.',
};

export const LINEARIZABLE: Invariant = {
  id: 'LINEARIZABILITY',
  source: 'Herlihy and Wing, 1990',
  explain:
    'The answers clients got can be explained by one order of the operations that respects real time.',
};

export const STRICT_SERIALIZABLE: Invariant = {
  id: 'ISOLATION-STRICT-SERIALIZABLE',
  source: 'Adya, 1999; Kingsbury and Alvaro, Elle, 2020',
  explain:
    'Transactions over lists depend on each other as if they had been executed one by one, in an order that respects real time.',
};
