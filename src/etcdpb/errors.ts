// Errors a client of the key-value API can see: gRPC code and etcd's exact message, because clients
// match on the text (etcd api/v3rpc/rpctypes/error.go at v3.5.30).

/** gRPC status codes in use. */
export type GrpcCode = 3 | 4 | 5 | 8 | 9 | 11 | 14;

/** A request's failure as a client sees it. */
export interface EtcdError {
  readonly code: GrpcCode;
  readonly message: string;
}

export const ErrEmptyKey: EtcdError = { code: 3, message: 'etcdserver: key is not provided' };
export const ErrKeyNotFound: EtcdError = { code: 3, message: 'etcdserver: key not found' };
export const ErrValueProvided: EtcdError = { code: 3, message: 'etcdserver: value is provided' };
export const ErrLeaseProvided: EtcdError = { code: 3, message: 'etcdserver: lease is provided' };
export const ErrTooManyOps: EtcdError = {
  code: 3,
  message: 'etcdserver: too many operations in txn request',
};
export const ErrDuplicateKey: EtcdError = {
  code: 3,
  message: 'etcdserver: duplicate key given in txn request',
};
export const ErrRequestTooLarge: EtcdError = {
  code: 3,
  message: 'etcdserver: request is too large',
};
export const ErrLeaseNotFound: EtcdError = {
  code: 5,
  message: 'etcdserver: requested lease not found',
};
export const ErrTooManyRequests: EtcdError = {
  code: 8,
  message: 'etcdserver: too many requests',
};
export const ErrCompacted: EtcdError = {
  code: 11,
  message: 'etcdserver: mvcc: required revision has been compacted',
};
export const ErrFutureRev: EtcdError = {
  code: 11,
  message: 'etcdserver: mvcc: required revision is a future revision',
};
export const ErrNoLeader: EtcdError = { code: 14, message: 'etcdserver: no leader' };
export const ErrLeaderChanged: EtcdError = { code: 14, message: 'etcdserver: leader changed' };
export const ErrTimeout: EtcdError = { code: 14, message: 'etcdserver: request timed out' };
export const ErrStopped: EtcdError = { code: 14, message: 'etcdserver: server stopped' };
