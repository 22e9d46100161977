// Correct watch streams over a random log: what a watcher on an etcd server could have been sent, cut into
// responses in every way etcd may. Deterministic in the seed.

import type { Random } from '../../../src/base/random.js';
import { randomStream } from '../../../src/base/random.js';
import type { EtcdRequest } from '../../../src/check/linearizability/objects/etcd.js';
import type { LoggedEvent, ReplayedLog } from '../../../src/check/replayed-log.js';
import { replayLog } from '../../../src/check/replayed-log.js';
import type {
  WatchEvent,
  WatchRequest,
  WatchResponse,
  WatchStream,
} from '../../../src/check/watch/watch-stream.js';
import { eventsOf, progressOf, wants, watchOf } from '../../../src/check/watch/watch-stream.js';
import type { RequestOp } from '../../../src/etcdpb/kv.js';
import { deleteOf, putOf, rangeOf } from '../../../src/etcdpb/kv.js';

export interface WatchHistory {
  readonly log: EtcdRequest[];
  readonly replayed: ReplayedLog;
  readonly streams: WatchStream[];
}

const KEYS = ['a', 'aa', 'ab', 'b', 'ba', 'c'];

export function watchHistory(seed: string): WatchHistory {
  const random = randomStream(seed, 'watch-history');
  const log = Array.from({ length: 5 + random.below(25) }, (_, at) => request(random, at));
  const replayed = replayLog(log);
  const streams = Array.from({ length: 1 + random.below(4) }, (_, id) =>
    stream(random, replayed, id),
  );
  return { log, replayed, streams };
}

function request(random: Random, at: number): EtcdRequest {
  const key = KEYS[random.below(KEYS.length)]!;
  const lease = 1 + random.below(2);
  switch (random.below(12)) {
    case 0:
      return deleteOf(key);
    case 1:
      return deleteOf(key, { rangeEnd: random.chance(500_000) ? 'b' : '\0' });
    case 2:
    case 3: {
      const keys = KEYS.filter(() => random.chance(500_000));
      const op = (name: string): RequestOp =>
        random.chance(700_000) ? putOf(name, `${at}`) : deleteOf(name);
      const compare = {
        key,
        rangeEnd: '',
        target: 'VERSION',
        result: 'GREATER',
        number: 0,
        value: '',
      } as const;
      const nested: RequestOp = { kind: 'txn', compare: [], success: keys.map(op), failure: [] };
      return {
        kind: 'txn',
        compare: [compare],
        success: [nested],
        failure: keys.reverse().map(op),
      };
    }
    case 4:
      return { kind: 'lease-grant', lease };
    case 5:
      return { kind: random.chance(500_000) ? 'lease-revoke' : 'lease-expire', lease };
    case 6:
      return putOf(key, `${at}`, { lease });
    case 7:
      return { kind: 'compaction', revision: random.below(at + 2), physical: false };
    case 8:
      return rangeOf(key);
    default:
      return putOf(key, random.chance(200_000) ? 'same' : `${at}`);
  }
}

function stream(random: Random, log: ReplayedLog, id: number): WatchStream {
  const newest = log.last.revision;
  const from = 1 + random.below(newest);
  const request = watchOf(KEYS[random.below(KEYS.length)]!, {
    rangeEnd: ['', '\0', 'b', 'c'][random.below(4)]!,
    startRevision: random.chance(500_000) ? from + 1 : 0,
    prevKv: random.chance(500_000),
    noPut: random.chance(100_000),
    noDelete: random.chance(100_000),
  });
  const createdRevision = request.startRevision > 0 ? newest : random.chance(700_000) ? from : null;
  const responses: WatchResponse[] = [];
  const end = random.chance(500_000) ? newest : from + random.below(newest - from + 1);
  let waiting: WatchEvent[] = [];
  const flush = (): void => {
    while (waiting.length > 0) {
      const taken = random.chance(200_000) ? 1 + random.below(waiting.length) : waiting.length;
      responses.push(eventsOf(waiting.slice(0, taken), taken < waiting.length));
      waiting = waiting.slice(taken);
    }
  };
  for (let revision = from + 1; revision <= end; revision++) {
    for (const event of log.events) {
      if (event.kv.modRevision === revision && wants(request, event)) {
        waiting.push(sent(random, request, event, log));
      }
    }
    if (random.chance(600_000)) flush();
    if (waiting.length === 0 && random.chance(200_000)) responses.push(progressOf(revision));
  }
  flush();
  // From "now", a stream that begins with progress tells its start by it.
  if (createdRevision === null && request.startRevision === 0) {
    if (random.chance(500_000)) responses.unshift(progressOf(from));
  }
  return { id, client: id, request, createdRevision, responses };
}

function sent(
  random: Random,
  request: WatchRequest,
  { kind, kv, prevKv, isCreate }: LoggedEvent,
  log: ReplayedLog,
): WatchEvent {
  const isGone = kv.modRevision - 1 < log.last.compacted && random.chance(500_000);
  const recorded = random.chance(500_000)
    ? kv
    : { ...kv, createRevision: null, version: null, lease: null };
  return { kind, kv: recorded, prevKv: request.prevKv && !isGone ? prevKv : null, isCreate };
}
