// The judge of watches against random streams: what a server may send is ok, and each way of sending it
// wrong is named by the guarantee that it breaks. Every certificate is verified.

import { describe, expect, it } from 'vitest';
import type { Random } from '../../../src/base/random.js';
import { randomStream } from '../../../src/base/random.js';
import { entriesOf } from '../../../src/check/linearizability/models/etcd-store.js';
import type { EtcdRequest } from '../../../src/check/linearizability/objects/etcd.js';
import { replayLog, stateAtRevision } from '../../../src/check/replayed-log.js';
import type { WatchCheckName } from '../../../src/check/watch/finding.js';
import { WATCH_CHECKS } from '../../../src/check/watch/finding.js';
import { verifyWatches } from '../../../src/check/watch/verify.js';
import { judgeWatches } from '../../../src/check/watch/watch.js';
import type {
  WatchEvent,
  WatchResponse,
  WatchStream,
} from '../../../src/check/watch/watch-stream.js';
import { eventsOf, progressOf, wants, watchOf } from '../../../src/check/watch/watch-stream.js';
import { putOf } from '../../../src/etcdpb/kv.js';
import type { WatchHistory } from './watch-histories.js';
import { watchHistory } from './watch-histories.js';

const HISTORIES = 1500;

describe('the replayed log', () => {
  it('has exactly the events that turn the state of each revision into the next', () => {
    let events = 0;
    for (let seed = 0; seed < 300; seed++) {
      const { replayed } = watchHistory(`events ${seed}`);
      const keys = new Map<string, unknown>();
      for (let revision = 2; revision <= replayed.last.revision; revision++) {
        const before = new Map(keys);
        const made = replayed.events.filter(({ kv }) => kv.modRevision === revision);
        expect(made.length).toBeGreaterThan(0);
        for (const { kind, kv, prevKv, isCreate } of made) {
          expect(prevKv).toEqual(before.get(kv.key) ?? null);
          expect(isCreate).toBe(kind === 'put' && !keys.has(kv.key));
          if (kind === 'put') keys.set(kv.key, kv);
          else expect(keys.delete(kv.key)).toBe(true);
          events++;
        }
        const state = stateAtRevision(replayed, revision)!;
        const sorted = [...keys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kv]) => kv);
        expect(sorted).toEqual(entriesOf(state));
      }
    }
    expect(events).toBeGreaterThan(3000);
  });

  it('follows a key that one transaction puts and then deletes through an open range', () => {
    const openRange = { kind: 'delete-range', key: 'a', rangeEnd: '\0', prevKv: false } as const;
    const log: EtcdRequest[] = [
      putOf('a', '1'),
      { kind: 'txn', compare: [], success: [putOf('b', '2'), openRange], failure: [] },
    ];
    const replayed = replayLog(log);
    const names = replayed.events.map(({ kind, kv }) => `${kind} ${kv.key}@${kv.modRevision}`);
    expect(names).toEqual(['put a@2', 'put b@3', 'delete a@3', 'delete b@3']);
    const stream: WatchStream = {
      id: 0,
      client: 0,
      request: watchOf('b', { startRevision: 1 }),
      createdRevision: 3,
      responses: [eventsOf(replayed.events.filter(({ kv }) => kv.key === 'b'))],
    };
    expect(judgeWatches([stream], log).reason).toBe('');
  });
});

describe('correct streams', () => {
  it('are ok, however they are batched, filtered, resumed and compacted', () => {
    let events = 0;
    for (let seed = 0; seed < HISTORIES; seed++) {
      const { log, streams } = watchHistory(`ok ${seed}`);
      const judgement = judgeWatches(streams, log);
      expect(judgement.reason, `seed ${seed}`).toBe('');
      expect(judgement.verdict).toBe('ok');
      expect(verifyWatches(streams, log, judgement.certificate!), `seed ${seed}`).toBeNull();
      for (const { responses } of streams) for (const r of responses) events += r.events.length;
    }
    expect(events).toBeGreaterThan(5000);
  });
});

/** Changes a stream in one way; null where it does not offer the occasion. */
type Corruption = (
  stream: WatchStream,
  random: Random,
  history: WatchHistory,
) => WatchStream | null;

interface Corrupted {
  readonly how: string;
  readonly corrupt: Corruption;
  /** The guarantees of which one must be the first reported. */
  readonly breaks: readonly WatchCheckName[];
}

const CORRUPTIONS: readonly Corrupted[] = [
  {
    how: 'an event lost between others',
    breaks: ['reliable'],
    corrupt: (stream, random) => {
      const events = flat(stream);
      if (events.length < 3) return null;
      return without(stream, 1 + random.below(events.length - 2));
    },
  },
  {
    how: 'the last event lost before progress',
    breaks: ['reliable'],
    corrupt: (stream, _random, { replayed }) => {
      const events = flat(stream);
      if (events.length < 2) return null;
      return append(without(stream, events.length - 1), progressOf(replayed.last.revision));
    },
  },
  {
    how: 'the first event lost after a start',
    breaks: ['resumable'],
    corrupt: (stream) => {
      const isTold = stream.request.startRevision > 0 || stream.createdRevision !== null;
      return !isTold || flat(stream).length < 2 ? null : without(stream, 0);
    },
  },
  {
    how: 'an event sent twice',
    breaks: ['unique', 'ordered'],
    corrupt: (stream, random) => {
      const events = flat(stream);
      if (events.length === 0) return null;
      const at = random.below(events.length);
      return rebuilt(stream, (event, index) => (index === at ? [event, event] : [event]));
    },
  },
  {
    how: 'two neighbours of different revisions swapped',
    breaks: ['ordered'],
    corrupt: (stream) => {
      const events = flat(stream);
      const at = events.findIndex(
        ({ kv }, i) => i > 0 && kv.modRevision !== events[i - 1]!.kv.modRevision,
      );
      return at < 1 ? null : swapped(stream, at);
    },
  },
  {
    how: 'two events of one revision swapped',
    breaks: ['reliable', 'resumable'],
    corrupt: (stream) => {
      const events = flat(stream);
      const at = events.findIndex(
        ({ kv }, i) => i > 0 && kv.modRevision === events[i - 1]!.kv.modRevision,
      );
      return at < 1 ? null : swapped(stream, at);
    },
  },
  {
    how: 'a revision split over responses',
    breaks: ['atomic'],
    corrupt: (stream) => {
      for (const [at, { events, fragment }] of stream.responses.entries()) {
        const split = events.findIndex(
          ({ kv }, i) => i > 0 && kv.modRevision === events[i - 1]!.kv.modRevision,
        );
        if (split < 1) continue;
        const parts = [eventsOf(events.slice(0, split)), eventsOf(events.slice(split), fragment)];
        return { ...stream, responses: stream.responses.toSpliced(at, 1, ...parts) };
      }
      return null;
    },
  },
  {
    how: 'isCreate turned round',
    breaks: ['is-create'],
    corrupt: (stream, random) =>
      changed(stream, random, (event) => ({ ...event, isCreate: !event.isCreate })),
  },
  {
    how: 'a wrong value in prevKv',
    breaks: ['prev-kv'],
    corrupt: (stream, random) =>
      changed(stream, random, (event) =>
        event.prevKv === null ? null : { ...event, prevKv: { ...event.prevKv, value: 'wrong' } },
      ),
  },
  {
    how: 'prevKv of one version too early',
    breaks: ['prev-kv'],
    corrupt: (stream, random) =>
      changed(stream, random, ({ prevKv, ...event }) =>
        prevKv === null ? null : { ...event, prevKv: { ...prevKv, version: prevKv.version! - 1 } },
      ),
  },
  {
    how: 'prevKv left out though nothing is compacted',
    breaks: ['prev-kv'],
    corrupt: (stream, random, { replayed }) =>
      changed(stream, random, (event) =>
        event.prevKv === null || event.kv.modRevision - 1 < replayed.last.compacted
          ? null
          : { ...event, prevKv: null },
      ),
  },
  {
    how: 'prevKv of a key that was not there',
    breaks: ['prev-kv'],
    corrupt: (stream, random) =>
      changed(stream, random, (event) =>
        event.isCreate ? { ...event, prevKv: { ...event.kv, version: 1 } } : null,
      ),
  },
  {
    how: 'progress ahead of an event',
    breaks: ['bookmarkable'],
    corrupt: (stream, random) => {
      const at = random.below(stream.responses.length + 1);
      const later = stream.responses[at];
      const revision = later?.events.at(-1)?.kv.modRevision;
      if (revision === undefined || stream.responses[at - 1]?.fragment === true) return null;
      return { ...stream, responses: stream.responses.toSpliced(at, 0, progressOf(revision)) };
    },
  },
  {
    how: 'progress that goes back',
    breaks: ['bookmarkable'],
    corrupt: (stream) => {
      const revision = stream.responses.at(-1)?.progressRevision ?? null;
      return revision === null ? null : append(stream, progressOf(revision - 1));
    },
  },
  {
    how: 'progress to a revision that never was',
    breaks: ['bookmarkable'],
    corrupt: (stream, _random, { replayed }) =>
      append(stream, progressOf(replayed.last.revision + 1)),
  },
  {
    how: 'an event before the start',
    breaks: ['resumable'],
    corrupt: (stream, _random, { replayed }) => {
      const { startRevision } = stream.request;
      const early = replayed.events.findLast(
        (event) => event.kv.modRevision < startRevision && wants(stream.request, event),
      );
      if (early === undefined) return null;
      return { ...stream, responses: [eventsOf([early]), ...stream.responses] };
    },
  },
  {
    how: 'an event that the watch did not ask for',
    breaks: ['filter'],
    corrupt: (stream, _random, { replayed }) => {
      const last = flat(stream).at(-1)?.kv.modRevision ?? 0;
      const leak = replayed.events.find(
        (event) => event.kv.modRevision >= last && !wants(stream.request, event),
      );
      return leak === undefined ? null : append(stream, eventsOf([leak]));
    },
  },
  {
    how: 'a value that was never written',
    breaks: ['reliable'],
    corrupt: (stream, random) =>
      changed(stream, random, (event) =>
        event.kind === 'delete' ? null : { ...event, kv: { ...event.kv, value: 'never' } },
      ),
  },
  {
    how: 'a wrong version',
    breaks: ['reliable'],
    corrupt: (stream, random) =>
      changed(stream, random, (event) =>
        event.kind === 'delete' || event.kv.version === null
          ? null
          : { ...event, kv: { ...event.kv, version: event.kv.version + 1 } },
      ),
  },
  {
    how: 'a delete told as a put',
    breaks: ['filter', 'reliable', 'is-create'],
    corrupt: (stream, random) =>
      changed(stream, random, (event) =>
        event.kind === 'put' ? null : { ...event, kind: 'put', kv: { ...event.kv, value: '' } },
      ),
  },
  {
    how: 'an event after the end of the log',
    breaks: ['reliable', 'resumable'],
    corrupt: (stream, _random, { replayed }) => {
      const modRevision = replayed.last.revision + 1;
      const { key } = stream.request;
      const kv = { key, value: '', modRevision, createRevision: null, version: null, lease: null };
      const isCreate = !entriesOf(replayed.last).some((entry) => entry.key === key);
      const event = { kind: 'put', kv, prevKv: null, isCreate } as const;
      return wants(stream.request, event) ? append(stream, eventsOf([event])) : null;
    },
  },
  {
    how: 'an end by a compaction that nobody made',
    breaks: ['resumable'],
    corrupt: (stream, _random, { replayed }) =>
      append(stream, { ...eventsOf([]), compactRevision: replayed.last.compacted + 1 }),
  },
];

describe('corrupted streams', () => {
  it.each(CORRUPTIONS)('$how', ({ corrupt, breaks }) => {
    let corrupted = 0;
    for (let seed = 0; seed < HISTORIES && corrupted < 150; seed++) {
      const history = watchHistory(`bad ${seed}`);
      const random = randomStream(`${seed}`, 'corruption');
      const at = random.below(history.streams.length);
      const wrong = corrupt(history.streams[at]!, random, history);
      if (wrong === null) continue;
      corrupted++;
      const streams = history.streams.with(at, wrong);
      const judgement = judgeWatches(streams, history.log);
      expect(judgement.verdict, `seed ${seed}`).toBe('violation');
      expect(breaks, `seed ${seed}: ${judgement.reason}`).toContain(judgement.anomalies[0]);
      expect(judgement.core).toEqual([wrong.id]);
      const { certificate } = judgement;
      expect(verifyWatches(streams, history.log, certificate!), `seed ${seed}`).toBeNull();
      // Nor does the verifier take the corrupted for right, or the right for corrupted.
      expect(verifyWatches(streams, history.log, { kind: 'conforms' })).not.toBeNull();
      expect(verifyWatches(history.streams, history.log, certificate!)).not.toBeNull();
    }
    expect(corrupted).toBeGreaterThan(40);
  });

  it('break each of the nine guarantees first somewhere', () => {
    const first = new Set(CORRUPTIONS.map(({ breaks }) => breaks[0]));
    expect(WATCH_CHECKS.filter((check) => !first.has(check))).toEqual([]);
  });

  it('are reported by every guarantee they break, not the first alone', () => {
    const log = [putOf('a', '1'), putOf('a', '2')];
    const [one, two] = replayLog(log).events;
    const responses = [eventsOf([{ ...two!, isCreate: true }]), eventsOf([one!])];
    const request = watchOf('a', { startRevision: 2, prevKv: true });
    const stream = { id: 7, client: 3, request, createdRevision: 3, responses };
    const judgement = judgeWatches([stream], log);
    expect(judgement.anomalies).toEqual(['ordered', 'resumable', 'is-create', 'reliable']);
    expect(judgement.reason).toBe(
      'watch 7 of client 3 is not ordered: put "a"="1" at revision 2 came after put "a"="2" at revision 3',
    );
  });
});

function flat({ responses }: WatchStream): WatchEvent[] {
  return responses.flatMap(({ events }) => [...events]);
}

/** Replaces each event by others, and drops responses that lose all. */
function rebuilt(
  stream: WatchStream,
  replace: (event: WatchEvent, index: number) => WatchEvent[],
): WatchStream {
  let index = 0;
  const responses: WatchResponse[] = [];
  for (const response of stream.responses) {
    const events = response.events.flatMap((event) => replace(event, index++));
    if (events.length > 0 || response.progressRevision !== null)
      responses.push({ ...response, events });
  }
  return { ...stream, responses };
}

function without(stream: WatchStream, at: number): WatchStream {
  return rebuilt(stream, (event, index) => (index === at ? [] : [event]));
}

function swapped(stream: WatchStream, at: number): WatchStream {
  const events = flat(stream);
  [events[at - 1], events[at]] = [events[at]!, events[at - 1]!];
  return rebuilt(stream, (_event, index) => [events[index]!]);
}

function append(stream: WatchStream, response: WatchResponse): WatchStream {
  return { ...stream, responses: [...stream.responses, response] };
}

/** Changes one of the events that `change` can change. */
function changed(
  stream: WatchStream,
  random: Random,
  change: (event: WatchEvent) => WatchEvent | null,
): WatchStream | null {
  const fit = flat(stream).flatMap((event, index) => (change(event) === null ? [] : [index]));
  if (fit.length === 0) return null;
  const at = fit[random.below(fit.length)]!;
  return rebuilt(stream, (event, index) => [index === at ? change(event)! : event]);
}
