// Names of the integers and strings that travel everywhere. All integers are safe (below 2^53).

/** Identity of a process in the network: members count from 1, clients from {@link FIRST_CLIENT_ID}. */
export type ProcessId = number;

/** Raft term, counted from 1; 0 before the first election. */
export type Term = number;

/** Index of a Raft log entry, counted from 1; 0 is "before the log". */
export type LogIndex = number;

/** Main revision of the MVCC store; 1 when empty (etcd). */
export type Revision = number;

/** Virtual or real time in integer microseconds. */
export type Micros = number;

/**
 * A byte string held as a JavaScript string of code units 0..255 (latin1). Keys and values are kept
 * so because V8 hashes and compares such strings several times faster than typed arrays.
 */
export type ByteString = string;

/** Process ids from here on belong to clients. */
export const FIRST_CLIENT_ID = 1001;
