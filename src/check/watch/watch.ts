// The judge of watches: each of etcd's nine guarantees, over each stream, against the replayed log. All run,
// whatever the others find; the first broken one in etcd's order gives the reason.
// Not here: the guarantees (a file each), and the verifier of the certificate (verify.ts).

import type { Judgement } from '../judgement.js';
import type { EtcdRequest } from '../linearizability/objects/etcd.js';
import { replayLog } from '../replayed-log.js';
import { atomic } from './atomic.js';
import { bookmarkable } from './bookmarkable.js';
import type { WatchCertificate } from './certificate.js';
import { filter } from './filter.js';
import type { WatchCheck, WatchCheckName, WatchFinding } from './finding.js';
import { receivedEvents, WATCH_CHECKS } from './finding.js';
import { isCreate } from './is-create.js';
import { ordered } from './ordered.js';
import { prevKv } from './prev-kv.js';
import { reliable } from './reliable.js';
import { resumable } from './resumable.js';
import { unique } from './unique.js';
import type { WatchStream } from './watch-stream.js';

export interface WatchOptions {
  /** The workload changes one key a revision: no revision comes twice. Default false. */
  readonly uniqueRevisions?: boolean;
}

export type WatchJudgement = Judgement<WatchCertificate>;

const CHECKS: Readonly<Record<WatchCheckName, WatchCheck>> = {
  filter,
  ordered,
  unique,
  atomic,
  bookmarkable,
  resumable,
  'is-create': isCreate,
  reliable,
  'prev-kv': prevKv,
};

/**
 * Judges what watchers were sent against the whole log of the cluster, from its first request on: a
 * log that lacks requests accuses watches that saw their effects. `core` holds ids of streams and
 * `anomalies` names of guarantees. O(n log n) in log and events.
 */
export function judgeWatches(
  streams: readonly WatchStream[],
  log: readonly EtcdRequest[],
  options: WatchOptions = {},
): WatchJudgement {
  const replayed = replayLog(log);
  const uniqueRevisions = options.uniqueRevisions ?? false;
  const contexts = streams.map((stream) => ({
    stream,
    log: replayed,
    received: receivedEvents(stream),
    uniqueRevisions,
  }));
  const findings: WatchFinding[] = [];
  for (const check of WATCH_CHECKS) {
    for (const context of contexts) {
      const found = CHECKS[check](context);
      if (found !== null) findings.push({ check, stream: context.stream.id, ...found });
    }
  }
  const received = contexts.reduce((sum, context) => sum + context.received.length, 0);
  const steps = log.length + received * WATCH_CHECKS.length;
  const common = { model: 'etcd-watch', steps };
  const first = findings[0];
  if (first === undefined) {
    const certificate = { kind: 'conforms' } as const;
    return { ...common, verdict: 'ok', reason: '', core: [], anomalies: [], certificate };
  }
  const client = streams.find(({ id }) => id === first.stream)!.client;
  return {
    ...common,
    verdict: 'violation',
    reason: `watch ${first.stream} of client ${client} is not ${first.check}: ${first.reason}`,
    core: [...new Set(findings.map(({ stream }) => stream))],
    anomalies: [...new Set(findings.map(({ check }) => check))],
    certificate: { kind: 'findings', findings, uniqueRevisions },
  };
}
