// The models a history can be judged by, by name. A model is one entry here.
// Not here: the models, the reading of their operations, and how one is chosen (history-check.ts).

import { kvDecoder } from './format/decode/kv.js';
import { multiRegisterDecoder } from './format/decode/multi-register.js';
import { mutexDecoder } from './format/decode/mutex.js';
import { queueDecoder } from './format/decode/queue.js';
import { KNOSSOS_DIALECT, LOG_DIALECT, registerDecoder } from './format/decode/register.js';
import { setDecoder } from './format/decode/set.js';
import type { FormatName } from './format/format-name.js';
import { etcdSchema } from './format/schema/etcd-schema.js';
import { kvSchema } from './format/schema/kv-schema.js';
import {
  multiRegisterSchema,
  mutexSchema,
  queueSchema,
  setSchema,
} from './format/schema/plain-schemas.js';
import { registerSchema } from './format/schema/register-schema.js';
import {
  type HistoryJudge,
  LinearizabilityHistoryJudge,
  type LinearizableSubject,
} from './history-judge.js';
import { etcdModel } from './linearizability/models/etcd-model.js';
import { etcdStream } from './linearizability/models/etcd-stream.js';
import { kvModel } from './linearizability/models/kv-model.js';
import { multiRegisterModel } from './linearizability/models/multi-register-model.js';
import { mutexModel } from './linearizability/models/mutex-model.js';
import { QUEUE_BACKLOG, queueModel } from './linearizability/models/queue-model.js';
import { registerModel } from './linearizability/models/register-model.js';
import { setModel } from './linearizability/models/set-model.js';
import { StreamedHistory } from './linearizability/online/streamed-history.js';
import { StreamedParts } from './linearizability/online/streamed-parts.js';
import { RefusalWatch } from './linearizability/refusal-watch.js';
import { whyRefusalWrong } from './linearizability/refusals.js';
import type { Reading } from './reading.js';
import { RobustnessHistoryJudge } from './robustness-judge.js';
import { SessionHistoryJudge } from './session-judge.js';
import { StreamedHistoryJudge } from './streamed-judge.js';
import { TransactionHistoryJudge } from './transaction-judge.js';
import type { WorkloadName } from './workload/workload.js';
import { WorkloadHistoryJudge } from './workload-judge.js';

export interface JudgeEntry {
  /** One line for a table of models. */
  readonly about: string;
  readonly formats: readonly FormatName[];
  open(format: FormatName, reading: Reading): HistoryJudge;
}

const EVENTS: readonly FormatName[] = ['edn', 'json'];
const ALL: readonly FormatName[] = ['jsonl', ...EVENTS];

export const JUDGES: ReadonlyMap<string, JudgeEntry> = new Map<string, JudgeEntry>([
  ['register', register('register', 'read and write of one register, and compare-and-set')],
  ['cas-register', register('cas-register', 'the same by another name')],
  [
    'multi-register',
    object('transactions that read and write registers at once', ALL, (format) => ({
      model: multiRegisterModel(format === 'jsonl' ? null : 0),
      schema: multiRegisterSchema,
      decoder: multiRegisterDecoder,
    })),
  ],
  [
    'kv',
    object('get, put and append of texts under keys', [...ALL, 'kv'], () => ({
      model: kvModel(),
      pruned: (history) => kvModel({ history }),
      stream: () =>
        new StreamedParts(kvModel(), {
          pruned: (history, initial) => kvModel({ history, initial }),
        }),
      schema: kvSchema,
      decoder: kvDecoder,
    })),
  ],
  [
    'etcd',
    either(
      'etcd-robustness',
      () => new RobustnessHistoryJudge(),
      object("etcd's key-value service: revisions, transactions, leases", ['jsonl'], () => ({
        model: etcdModel(),
        pruned: etcdModel,
        schema: etcdSchema,
        stream: () => new StreamedHistory(etcdStream()),
        refusals: { watch: () => new RefusalWatch(), whyWrong: whyRefusalWrong },
      })),
    ),
  ],
  [
    'queue',
    object('enqueue and dequeue, first in first out', ALL, () => ({
      model: queueModel(),
      pruned: (history) => queueModel({ history }),
      stream: () =>
        new StreamedParts(queueModel(), {
          backlog: QUEUE_BACKLOG,
          pruned: (history, initial) => queueModel({ history, initial }),
        }),
      schema: queueSchema,
      decoder: queueDecoder,
    })),
  ],
  [
    'set',
    object('add, remove, contains and read of a set', ALL, () => ({
      model: setModel(),
      schema: setSchema,
      decoder: setDecoder,
    })),
  ],
  [
    'mutex',
    object('acquire and release of a lock', ALL, () => ({
      model: mutexModel(),
      schema: mutexSchema,
      decoder: mutexDecoder,
    })),
  ],
  ['list-append', transactions('lists', 'transactions that append to lists and read them')],
  [
    'rw-register',
    either(
      'polysi',
      // PolySI's histories are of databases that promise that.
      () => new SessionHistoryJudge('snapshot-isolation'),
      either(
        'dbcop',
        () => new SessionHistoryJudge('serializable'),
        transactions('registers', 'transactions that write and read registers'),
      ),
    ),
  ],
  ['bank', workload('bank', 'reads of all balances show one total, none below zero')],
  ['comments', workload('comments', 'who sees a comment sees those answered before it')],
  ['counter', workload('counter', 'reads lie between what was and what may have been added')],
  ['long-fork', workload('long-fork', 'two reads do not each miss what the other saw')],
  ['set-final', workload('set', 'the last read shows all that was added')],
  ['set-full', workload('set-full', 'what was once in a set is not lost, read by read')],
]);

/** A model whose histories must be linearizable. */
function object<S, I, O>(
  about: string,
  formats: readonly FormatName[],
  subject: (format: FormatName) => LinearizableSubject<S, I, O>,
): JudgeEntry {
  return {
    about,
    formats,
    open(format, reading) {
      const judged = subject(format);
      if (reading.kind !== 'stream') return new LinearizabilityHistoryJudge(judged, reading);
      const stream = judged.stream?.() ?? new StreamedParts(judged.model);
      return new StreamedHistoryJudge(judged, stream);
    },
  };
}

function register(name: string, about: string): JudgeEntry {
  return object(about, [...ALL, 'jepsen-log'], (format) => {
    // Knossos's registers hold 0 at first; elsewhere a register holds nothing before the first write.
    const isKnossos = format === 'edn' || format === 'json';
    return {
      model: { ...registerModel(isKnossos ? 0 : null), name },
      schema: registerSchema,
      decoder: registerDecoder(isKnossos ? KNOSSOS_DIALECT : LOG_DIALECT),
    };
  });
}

/** A model whose transactions must be isolated. */
function transactions(over: 'lists' | 'registers', about: string): JudgeEntry {
  return { about, formats: EVENTS, open: () => new TransactionHistoryJudge(over) };
}

/** A model whose histories another judge takes if they are in `format`. */
function either(format: FormatName, open: () => HistoryJudge, other: JudgeEntry): JudgeEntry {
  return {
    about: other.about,
    formats: [...other.formats, format],
    open: (given, reading) => (given === format ? open() : other.open(given, reading)),
  };
}

/** A workload of elle-cli, judged by its own definition. */
function workload(name: WorkloadName, about: string): JudgeEntry {
  return { about, formats: EVENTS, open: () => new WorkloadHistoryJudge(name) };
}
