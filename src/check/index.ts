// The public entry `simquake/check`: the linearizability checker by itself, for histories of any system.

export {
  type EtcdRecords,
  judgeRecords,
  type RecordsJudgement,
  type RecordsOptions,
} from './etcd-records.js';
export { type ClientEvent, ClientEventReader, parseClientEvents } from './format/client-events.js';
export { parseJepsenRegisterLog } from './format/jepsen-register-log.js';
export { parsePolySi } from './format/polysi.js';
export { parsePorcupineKv } from './format/porcupine-kv.js';
export { type Fate, type Operation, resolveUnknown } from './history.js';
export { brokenAssumptions } from './history-assumptions.js';
export { type PatchedHistory, type PatchOptions, patchHistory } from './history-patch.js';
export type { IsolationCertificate } from './isolation/certificate.js';
export { isModel, modelNames } from './isolation/consistency-model.js';
export { type DecidedLevel, decideIsolation } from './isolation/decision/decide.js';
export { verifyDecision } from './isolation/decision/verify-decision.js';
export {
  checkListAppend,
  checkRegisters,
  type IsolationJudgement,
  type IsolationOptions,
} from './isolation/isolation.js';
export { readSessions } from './isolation/session-records.js';
export { readTransactions, type TransactionHistory } from './isolation/transaction-events.js';
export { verifyIsolation } from './isolation/verify.js';
export type { HistoryVerdict, Judgement } from './judgement.js';
export {
  judgeKeptWrites,
  type KeptWritesCertificate,
  type KeptWritesJudgement,
  type LostWrite,
  verifyKeptWrites,
} from './kept-writes.js';
export {
  type JudgeOptions,
  judgeLinearizable,
  type LinearizabilityJudgement,
} from './linearizability/judge.js';
export type {
  Model,
  RegisterAccess,
  RegisterValue,
  RegisterView,
} from './linearizability/model.js';
export { casRegisterModel } from './linearizability/models/cas-register-model.js';
export { etcdModel } from './linearizability/models/etcd-model.js';
export { kvModel } from './linearizability/models/kv-model.js';
export { multiRegisterModel } from './linearizability/models/multi-register-model.js';
export { mutexModel } from './linearizability/models/mutex-model.js';
export { queueModel } from './linearizability/models/queue-model.js';
export { registerModel } from './linearizability/models/register-model.js';
export { setModel } from './linearizability/models/set-model.js';
export type {
  MultiRegisterInput,
  MultiRegisterOutput,
} from './linearizability/objects/multi-register.js';
export type { MutexInput, MutexOutput } from './linearizability/objects/mutex.js';
export type { QueueInput, QueueOutput } from './linearizability/objects/queue.js';
export type { SetInput, SetOutput } from './linearizability/objects/set.js';
export type {
  Invocation,
  OnlineChecker,
  OnlineVerdict,
} from './linearizability/online/online-checker.js';
export { OnlineLinearizability } from './linearizability/online/online-linearizability.js';
export type { OnlineSearchOptions } from './linearizability/online/online-search.js';
export {
  type LinearizabilityCertificate,
  type Verification,
  type VerifyOptions,
  verifyCertificate,
} from './linearizability/proof/certificate.js';
export type { DeadEnd } from './linearizability/proof/exhaustive.js';
export type { Explanation } from './linearizability/proof/explanation.js';
export type { Weakening } from './linearizability/proof/weakening.js';
export { replay } from './linearizability/replay.js';
export type { LinearizabilityResult } from './linearizability/result.js';
export { type CheckOptions, checkLinearizable } from './linearizability/search.js';
export {
  type MemberEntry,
  type MemberLog,
  type MergedLog,
  mergeMemberLogs,
} from './member-logs.js';
export {
  firstEventAt,
  type LoggedEvent,
  type ReplayedLog,
  replayLog,
  stateAtRevision,
} from './replayed-log.js';
export type { ReadCertificate, WrongRead } from './serializable/certificate.js';
export { judgeReads, type ReadJudgement } from './serializable/reads.js';
export { verifyReads } from './serializable/verify.js';
export type { WatchCertificate } from './watch/certificate.js';
export { WATCH_CHECKS, type WatchCheckName, type WatchFinding } from './watch/finding.js';
export { verifyWatches } from './watch/verify.js';
export { judgeWatches, type WatchJudgement, type WatchOptions } from './watch/watch.js';
export {
  eventsOf,
  progressOf,
  type RecordedKeyValue,
  type WatchEvent,
  type WatchRequest,
  type WatchResponse,
  type WatchStream,
  watchOf,
} from './watch/watch-stream.js';
export type { WorkloadCertificate, WorkloadJudgement } from './workload/calls.js';
export {
  checkWorkload,
  WORKLOADS,
  type WorkloadName,
  type WorkloadOptions,
} from './workload/workload.js';
