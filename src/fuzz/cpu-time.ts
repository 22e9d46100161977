// CPU time of the calling thread, for throughput figures that a busy machine does not distort.
// Not here: any influence on a run. Runs have no clock; this is read before and after them.

import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/**
 * CPU milliseconds this thread has used. `process.cpuUsage` counts all threads, so in a worker the
 * kernel's own account is read where there is one (Linux); elsewhere the figure is an upper bound.
 */
export function cpuTimeMs(): number {
  if (!isMainThread && schedulerAccount) {
    try {
      return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6;
    } catch {
      schedulerAccount = false;
    }
  }
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

let schedulerAccount = process.platform === 'linux';
