// Client sessions (Raft thesis 6.3): the newest request of every client that was applied. A network that
// duplicates may bring one proposal into the log twice, or long after its client gave it up; it must not
// take effect a second time. Part of the replicated state: every member decides alike.

import type { ByteReader, ByteWriter } from '../base/bytes.js';
import { mix } from '../base/hash.js';
import { REQUESTS_PER_CLIENT } from './messages.js';

/** Grows with the number of clients ever seen; entries are never dropped. */
export class Sessions {
  private readonly newest = new Map<number, number>();
  private sum = 0;

  /** Takes note of a request; false if it, or a younger one of its client, was applied before. O(1). */
  admit(requestId: number): boolean {
    const client = Math.floor(requestId / REQUESTS_PER_CLIENT);
    const newest = this.newest.get(client);
    if (newest !== undefined && requestId <= newest) return false;
    this.newest.set(client, requestId);
    const before = newest === undefined ? 0 : digest(client, newest);
    this.sum = (this.sum - before + digest(client, requestId)) | 0;
    return true;
  }

  /** Equal tables give equal hashes. O(1). */
  hash(): number {
    return this.sum;
  }

  serialize(writer: ByteWriter): void {
    writer.u32(this.newest.size);
    // In order of first appearance, which is the same on every member.
    for (const requestId of this.newest.values()) writer.u64(requestId);
  }

  static restore(reader: ByteReader): Sessions {
    const sessions = new Sessions();
    for (let count = reader.u32(); count > 0; count--) sessions.admit(reader.u64());
    return sessions;
  }
}

function digest(client: number, requestId: number): number {
  return mix(client, requestId % REQUESTS_PER_CLIENT);
}
