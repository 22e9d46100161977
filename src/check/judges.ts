// The models a history can be judged by, by name. A model is one line here.
// Not here: the models, the reading of their operations, and how one is chosen (history-check.ts).

import { kvDecoder } from './format/decode/kv.js';
import { registerDecoder } from './format/decode/register.js';
import type { FormatName } from './format/format-name.js';
import { LOG_DIALECT } from './format/jepsen-register-log.js';
import { etcdSchema } from './format/schema/etcd-schema.js';
import { kvSchema } from './format/schema/kv-schema.js';
import { registerSchema } from './format/schema/register-schema.js';
import { type HistoryJudge, LinearizabilityHistoryJudge } from './history-judge.js';
import { etcdModel } from './linearizability/models/etcd-model.js';
import { kvModel } from './linearizability/models/kv-model.js';
import { registerModel } from './linearizability/models/register-model.js';
import { TransactionHistoryJudge } from './transaction-judge.js';
import type { WorkloadName } from './workload/workload.js';
import { WorkloadHistoryJudge } from './workload-judge.js';

export interface JudgeEntry {
  /** One line for a table of models. */
  readonly about: string;
  readonly formats: readonly FormatName[];
  open(format: FormatName): HistoryJudge;
}

const EVENTS: readonly FormatName[] = ['edn', 'json'];

const register = (name: string) => ({
  about: 'read, write and compare-and-set of one register',
  formats: ['jsonl', 'jepsen-log', ...EVENTS] as const,
  open(format: FormatName): HistoryJudge {
    // Knossos's registers hold 0 at first and its clients cannot read nil; in the old log nil is a value.
    const knossos = format === 'edn' || format === 'json';
    const dialect = knossos ? { failedCasAnswers: false, nilIsValue: false } : LOG_DIALECT;
    const model = { ...registerModel(knossos ? 0 : null), name };
    return new LinearizabilityHistoryJudge({
      model,
      schema: registerSchema,
      decoder: registerDecoder(dialect),
    });
  },
});

function transactions(over: 'lists' | 'registers', about: string): JudgeEntry {
  return { about, formats: EVENTS, open: () => new TransactionHistoryJudge(over) };
}

function workload(name: WorkloadName, about: string): JudgeEntry {
  return { about, formats: EVENTS, open: () => new WorkloadHistoryJudge(name) };
}

export const JUDGES: ReadonlyMap<string, JudgeEntry> = new Map<string, JudgeEntry>([
  ['register', register('register')],
  ['cas-register', register('cas-register')],
  [
    'kv',
    {
      about: 'get, put and append of texts under keys',
      formats: ['jsonl', 'kv', ...EVENTS],
      open: () =>
        new LinearizabilityHistoryJudge({
          model: kvModel(),
          pruned: (history) => kvModel({ history }),
          schema: kvSchema,
          decoder: kvDecoder,
        }),
    },
  ],
  [
    'etcd',
    {
      about: "etcd's key-value service: revisions, transactions, leases, compaction",
      formats: ['jsonl'],
      open: () =>
        new LinearizabilityHistoryJudge({
          model: etcdModel(),
          pruned: etcdModel,
          schema: etcdSchema,
        }),
    },
  ],
  ['list-append', transactions('lists', 'transactions that append to lists and read them')],
  ['rw-register', transactions('registers', 'transactions that write and read registers')],
  ['bank', workload('bank', 'reads of all balances show one total, none below zero')],
  ['comments', workload('comments', 'who sees a comment sees those answered before it')],
  ['counter', workload('counter', 'reads lie between what was and what may have been added')],
  ['long-fork', workload('long-fork', 'two reads do not each miss what the other saw')],
  ['set-final', workload('set', 'the last read shows all that was added')],
  ['set-full', workload('set-full', 'what was once in a set is not lost, read by read')],
]);
