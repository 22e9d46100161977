// Port: sending messages between processes.

import type { ProcessId } from '../base/ids.js';

/**
 * Sends and forgets. A message may be lost, delayed, duplicated or overtaken; it is never altered,
 * and it never shares memory with the sender's objects once `send` has returned.
 */
export interface Network<M> {
  send(to: ProcessId, message: M): void;
}
