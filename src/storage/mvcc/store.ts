// etcd's key-value store with multi-version concurrency control, in memory: KvStore is what every
// member applies the log to. Not here: leases, watches, quotas, durability.
// Keeps: equal logs give equal stores and equal answers; a request that fails changes nothing.

import { assert, unreachable } from '../../base/assert.js';
import type { ByteReader, ByteWriter } from '../../base/bytes.js';
import type { Revision } from '../../base/ids.js';
import {
  ErrCompacted,
  ErrFutureRev,
  ErrKeyNotFound,
  ErrLeaseNotFound,
  type EtcdError,
} from '../../etcdpb/errors.js';
import type {
  CompactionRequest,
  DeleteRangeRequest,
  KvRequest,
  KvResult,
  PutRequest,
  RangeRequest,
  TxnRequest,
} from '../../etcdpb/kv.js';
import { type HashKv, hashKvAt } from './hash-kv.js';
import { checkRangeRevision, rangeResponse } from './range.js';
import { readState, writeState } from './snapshot.js';
import { MvccState } from './state.js';
import { StateHash } from './state-hash.js';
import { deleteRangeResponse, type LeaseLookup, putResponse, runTxn } from './txn.js';
import { isReadOnlyRequest, isSerializableRequest, validateRequest } from './validate.js';

/** Leases come in a later step: until then every lease is unknown. */
const noLeases: LeaseLookup = () => false;

export class KvStore {
  private readonly leaseExists: LeaseLookup;
  private readonly state: MvccState;

  /** @param leaseExists asked for the lease of a put; must answer alike on every member */
  constructor(leaseExists: LeaseLookup = noLeases, state = new MvccState()) {
    this.leaseExists = leaseExists;
    this.state = state;
  }

  /** The error of a request that must not be proposed, whatever the state; else null. */
  static validate(request: KvRequest): EtcdError | null {
    return validateRequest(request);
  }

  /** A range, or a transaction whose every operation is a range. A nested transaction is a write. */
  static isReadOnly(request: KvRequest): request is RangeRequest | TxnRequest {
    return isReadOnlyRequest(request);
  }

  /** Whether a read-only request may skip the confirmation that the local state is current. */
  static isSerializable(request: KvRequest): boolean {
    return isSerializableRequest(request);
  }

  /** Current main revision; 1 when empty. */
  get revision(): Revision {
    return this.state.revision;
  }

  /** Last compacted revision, itself still readable; -1 before the first compaction. */
  get compactRevision(): Revision {
    return this.state.compactRevision;
  }

  /** Applies one validated request of the log. Deterministic; an error leaves the store as it was. */
  apply(request: KvRequest): KvResult {
    switch (request.kind) {
      case 'put':
        return this.applyPut(request);
      case 'txn':
        return runTxn(this.state, this.leaseExists, request);
      case 'delete-range':
        return this.applyDeleteRange(request);
      case 'range':
        return this.range(request);
      case 'compaction':
        return this.applyCompaction(request);
      default:
        return unreachable(request);
    }
  }

  /** Answers a read-only request from the current state. */
  read(request: RangeRequest | TxnRequest): KvResult {
    if (request.kind === 'range') return this.range(request);
    assert(isReadOnlyRequest(request), 'a transaction that may write goes through the log');
    return runTxn(this.state, this.leaseExists, request);
  }

  /** Hash of everything held; O(1). Equal stores, equal hashes: compare at equal applied index. */
  hash(): number {
    const { stateHash, revision, compactRevision } = this.state;
    return stateHash.digest(revision, compactRevision);
  }

  /**
   * {@link hash} from scratch, for cross-checks: from the keys' histories, while the kept one follows
   * the log, so that it also differs if those two do. Linear in the bytes held.
   */
  recomputeHash(): number {
    const { tree, revision, compactRevision } = this.state;
    const fresh = new StateHash();
    for (const index of tree.all()) for (const version of index.versions) fresh.add(version);
    return fresh.digest(revision, compactRevision);
  }

  /** etcd's HashKV; revision 0 is the current one. */
  hashKv(revision: Revision): HashKv | EtcdError {
    return hashKvAt(this.state, revision);
  }

  /** Appends the whole store, history since the last compaction included. */
  serialize(writer: ByteWriter): void {
    writeState(writer, this.state);
  }

  /** Reads what {@link serialize} wrote; throws DecodeError on anything else. */
  static restore(reader: ByteReader, leaseExists: LeaseLookup = noLeases): KvStore {
    return new KvStore(leaseExists, readState(reader));
  }

  private range(request: RangeRequest): KvResult {
    const error = checkRangeRevision(this.state, request.revision);
    if (error !== null) return { ok: false, error };
    return { ok: true, response: rangeResponse(this.state, request) };
  }

  private applyPut(request: PutRequest): KvResult {
    const { state } = this;
    if (request.lease !== 0 && !this.leaseExists(request.lease)) {
      return { ok: false, error: ErrLeaseNotFound };
    }
    const keepsPart = request.ignoreValue || request.ignoreLease;
    if (keepsPart && state.current(request.key) === null) {
      return { ok: false, error: ErrKeyNotFound };
    }
    const response = putResponse(state, request);
    state.endWrite();
    return { ok: true, response };
  }

  private applyDeleteRange(request: DeleteRangeRequest): KvResult {
    const response = deleteRangeResponse(this.state, request);
    this.state.endWrite();
    return { ok: true, response };
  }

  private applyCompaction(request: CompactionRequest): KvResult {
    const { state } = this;
    if (request.revision <= state.compactRevision) return { ok: false, error: ErrCompacted };
    if (request.revision > state.revision) return { ok: false, error: ErrFutureRev };
    state.compact(request.revision);
    return { ok: true, response: { kind: 'compaction', revision: state.revision } };
  }
}
