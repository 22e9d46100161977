// Port: time as one process sees it.

import type { Micros } from '../base/ids.js';

/**
 * Two clocks that must not be confused. Intervals and deadlines use the monotonic one; the wall
 * clock may jump in either direction and is only for people and timestamps.
 */
export interface Clock {
  /** Microseconds since an arbitrary start; never decreases while the machine is up. May drift. */
  monotonicUs(): Micros;
  /** Microseconds since 1970 by this machine's opinion. */
  wallUs(): Micros;
  /**
   * Arms the one deadline of this process, replacing the previous one: {@link Process.wake} is called
   * once, at or after `atUs` on the monotonic clock. `Infinity` disarms. The deadline dies with the
   * process.
   */
  setDeadline(atUs: Micros): void;
}
