// Judges everything that was recorded of an etcd cluster: what clients, readers of the past and watchers
// saw, against what its members kept. Each judge runs, whatever the others say.

import { brokenAssumptions } from './history-assumptions.js';
import type { PatchOptions } from './history-patch.js';
import { patchHistory } from './history-patch.js';
import type { HistoryVerdict } from './judgement.js';
import type { KeptWritesJudgement } from './kept-writes.js';
import { judgeKeptWrites, verifyKeptWrites } from './kept-writes.js';
import type { LinearizabilityJudgement } from './linearizability/judge.js';
import { judgeLinearizable } from './linearizability/judge.js';
import { etcdModel } from './linearizability/models/etcd-model.js';
import type { EtcdOperation, EtcdRequest } from './linearizability/objects/etcd.js';
import { verifyCertificate } from './linearizability/proof/certificate.js';
import type { ReadJudgement } from './serializable/reads.js';
import { judgeReads } from './serializable/reads.js';
import { verifyReads } from './serializable/verify.js';
import { verifyWatches } from './watch/verify.js';
import type { WatchJudgement, WatchOptions } from './watch/watch.js';
import { judgeWatches } from './watch/watch.js';
import type { WatchStream } from './watch/watch-stream.js';

export interface EtcdRecords {
  readonly operations: readonly EtcdOperation[];
  readonly watches: readonly WatchStream[];
  /** The requests that the cluster agreed on, from the first. */
  readonly log: readonly EtcdRequest[];
}

export interface RecordsOptions extends WatchOptions, Pick<PatchOptions, 'apartUs'> {
  /** Budget of the search. */
  readonly stepsMax?: number;
}

export interface RecordsJudgement {
  /** A violation if any judge found one; else undecided if any is, or if an assumption is broken. */
  readonly verdict: HistoryVerdict;
  /** The first of the reasons; empty if ok. */
  readonly reason: string;
  /** What the recording lacks for a verdict of ok to mean anything. */
  readonly brokenAssumptions: readonly string[];
  readonly linearizability: LinearizabilityJudgement;
  readonly keptWrites: KeptWritesJudgement;
  readonly reads: ReadJudgement;
  readonly watches: WatchJudgement;
}

/** Judges the records of a whole run. */
export function judgeRecords(records: EtcdRecords, options: RecordsOptions = {}): RecordsJudgement {
  const { operations: history, watches: streams, log } = records;
  const broken = brokenAssumptions(history);
  const { operations } = patchHistory(history, log, { ...options, watches: streams });
  const linearizability = judgeLinearizable(operations, etcdModel(), {
    ...options,
    pruned: etcdModel(operations),
  });
  const keptWrites = judgeKeptWrites(history, log);
  const reads = judgeReads(operations, log);
  const watches = judgeWatches(streams, log, options);
  const judgements = [linearizability, keptWrites, reads, watches];
  const worst =
    judgements.find(({ verdict }) => verdict === 'violation') ??
    judgements.find(({ verdict }) => verdict === 'undecided');
  const all = { brokenAssumptions: broken, linearizability, keptWrites, reads, watches };
  if (worst?.verdict !== 'violation' && broken.length > 0) {
    return { verdict: 'undecided', reason: broken[0]!, ...all };
  }
  return { verdict: worst?.verdict ?? 'ok', reason: worst?.reason ?? '', ...all };
}

/** Re-checks the certificates of all judges. Null if each proves its verdict, else what the first does not. */
export function verifyRecords(
  { operations: history, watches: streams, log }: EtcdRecords,
  judgement: RecordsJudgement,
  options: RecordsOptions = {},
): string | null {
  const { operations } = patchHistory(history, log, { ...options, watches: streams });
  const { linearizability, keptWrites, reads, watches } = judgement;
  if (linearizability.certificate !== null) {
    const proof = verifyCertificate(operations, etcdModel(), linearizability.certificate);
    if (proof.kind !== 'verified') return proof.why;
  }
  return (
    (keptWrites.certificate && verifyKeptWrites(history, log, keptWrites.certificate)) ??
    (reads.certificate && verifyReads(operations, log, reads.certificate)) ??
    (watches.certificate && verifyWatches(streams, log, watches.certificate))
  );
}
