// How traces, messages and stories name the processes of a run.

import { FIRST_CLIENT_ID, type ProcessId } from '../base/ids.js';

/** As traces and messages name a process. */
export function nameOf(id: ProcessId): string {
  return id < FIRST_CLIENT_ID ? `n${id}` : `c${id - FIRST_CLIENT_ID + 1}`;
}
