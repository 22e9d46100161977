// Transactions that read lists and append to them, each over one or two keys, while leaders change, links
// fail and members lose power. Judged twice: as operations of etcd, and by how they depend on each other.

import {
  crash,
  isolateLeader,
  milliseconds,
  repeatedly,
  scenario,
  seconds,
  transactions,
} from 'simquake';

export const listTransactions = scenario('transactions', {
  about:
    'Clients read lists and append to them in transactions, while members crash and leaders change.',
  workload: transactions({ keys: 6, thinkUs: milliseconds(40) }),
  faults: [
    repeatedly(isolateLeader({ for: [seconds(0.3), seconds(2)] }), [1, 6]),
    repeatedly(crash({ how: 'either', who: 'some', down: [seconds(0.01), seconds(0.5)] }), [2, 10]),
    repeatedly(
      crash({ how: 'power-loss', who: 'leader', down: [seconds(0.01), seconds(0.5)] }),
      [1, 5],
    ),
  ],
});
