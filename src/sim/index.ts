// The public entry `simquake/sim`: the engine by itself, for systems of your own
// (docs/YOUR-OWN-SYSTEM.md), with the ports a process is written against and the codec's bytes.

export { ByteReader, ByteWriter } from '../base/bytes.js';
export { FIRST_CLIENT_ID, type Micros, type ProcessId } from '../base/ids.js';
export { type Random, randomStream } from '../base/random.js';
export type { TraceEvent, TraceSink } from '../base/trace.js';
export type { Clock } from '../ports/clock.js';
export { type Disk, DiskError, type DiskErrorCode, type Fd, type SyncDone } from '../ports/disk.js';
export type { Network } from '../ports/network.js';
export {
  FailStop,
  type FailStopReason,
  type MessageCodec,
  type Ports,
  type Process,
} from '../ports/process.js';
export {
  compareRuns,
  type Divergence,
  describeDivergence,
  type EventRecord,
  type EventRecordSink,
} from './determinism.js';
export type { DiskFaultName, Excuse, SimDiskOptions } from './disk.js';
export { DISK_PROFILES, type DiskProfile } from './disk-profile.js';
export type { ProcessSpec } from './machine.js';
export type { Degradation, NetworkFault, NetworkOptions } from './network.js';
export {
  bridge,
  type DirectedLink,
  deafen,
  isolate,
  linksAcross,
  linksBetween,
  majorityRing,
  mute,
  split,
} from './partitions.js';
export { type Observer, Simulation, type SimulationOptions } from './simulation.js';
export { TripwireError, withTripwire } from './tripwire.js';
