// What etcd is asked and what it answers, leases included. Not here: what it holds (models/etcd-store.ts).

import type { Revision } from '../../../base/ids.js';
import type { KvRequest, KvResult } from '../../../etcdpb/kv.js';
import type { Operation } from '../../history.js';

/**
 * What a client may ask of the lease service, and what happens to a lease by itself: an expiry is an
 * operation of the environment, whose interval spans when it may have happened.
 */
export interface LeaseRequest {
  readonly kind: 'lease-grant' | 'lease-revoke' | 'lease-expire';
  readonly lease: number;
}

export type EtcdRequest = KvRequest | LeaseRequest;

/** `revision` is the header's; etcd does not read it together with a grant, and nobody answers an expiry. */
export interface LeaseResponse {
  readonly kind: 'lease';
  readonly revision: Revision;
}

export type EtcdResult = KvResult | { readonly ok: true; readonly response: LeaseResponse };

export type EtcdOperation = Operation<EtcdRequest, EtcdResult>;
