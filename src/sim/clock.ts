// Time as one simulated machine sees it: an offset, a drift, and jumps, over the engine's virtual time.
// Not here: when the deadline's event is queued (machine.ts).
// Guarantee: integer arithmetic, exact below 2^53; the monotonic clock never goes back.

import { assert } from '../base/assert.js';
import type { Micros } from '../base/ids.js';
import { asInteger } from '../base/integer.js';
import type { Clock } from '../ports/clock.js';

/** What the wall clock of a machine without offset reads at virtual time 0 (2023-11-14). */
export const WALL_EPOCH_US: Micros = 1_700_000_000_000_000;

/** No deadline. Not Infinity, which would make doubles of all the times it is compared with. */
export const NEVER: Micros = -1;

const MILLION = 1_000_000;

/** The engine, as a clock sees it. */
export interface ClockHost {
  /** Virtual time. */
  readonly nowUs: Micros;
}

/** See {@link Clock}; the methods below `setDeadline` are for the harness. */
export class SimClock implements Clock {
  private readonly host: ClockHost;
  private readonly deadlineMoved: () => void;
  /** The monotonic clock read `baseMonotonicUs` at virtual time `baseUs`, and has run at `rate` since. */
  private baseUs: Micros;
  private baseMonotonicUs: Micros;
  /** Microseconds of this clock per virtual second. */
  private rate: number;
  private wallOffsetUs: Micros;
  private deadlineMonotonicUs: Micros = NEVER;
  /** The armed deadline in virtual time, or {@link NEVER}. */
  deadlineUs: Micros = NEVER;

  constructor(
    host: ClockHost,
    options: {
      /** Wall clock minus true time at the start. */
      readonly offsetUs: Micros;
      /** Parts per million this clock is fast. */
      readonly driftPpm: number;
      /** What the monotonic clock reads at the start: no two machines agree on it. */
      readonly monotonicStartUs: Micros;
    },
    deadlineMoved: () => void,
  ) {
    assertDrift(options.driftPpm);
    assert(Number.isSafeInteger(options.offsetUs), 'a clock offset is an integer');
    this.host = host;
    this.deadlineMoved = deadlineMoved;
    this.baseUs = host.nowUs;
    this.baseMonotonicUs = options.monotonicStartUs;
    this.rate = asInteger(MILLION + options.driftPpm);
    this.wallOffsetUs = WALL_EPOCH_US + options.offsetUs - options.monotonicStartUs;
  }

  monotonicUs(): Micros {
    const elapsedUs = this.host.nowUs - this.baseUs;
    const { rate } = this;
    if (rate === MILLION) return this.baseMonotonicUs + elapsedUs;
    return this.baseMonotonicUs + scaleDown(elapsedUs, rate, MILLION);
  }

  wallUs(): Micros {
    return this.monotonicUs() + this.wallOffsetUs;
  }

  setDeadline(atUs: Micros): void {
    // The clock never reads less than 0, so an earlier deadline has passed just as well.
    const deadlineUs = atUs === Infinity ? NEVER : asInteger(Math.max(atUs, 0));
    if (deadlineUs === this.deadlineMonotonicUs) return;
    if (!Number.isSafeInteger(deadlineUs)) assert(false, 'a deadline is an integer', { atUs });
    this.deadlineMonotonicUs = deadlineUs;
    this.convertDeadline();
  }

  /** Parts per million this clock is fast. */
  get driftPpm(): number {
    return this.rate - MILLION;
  }

  /** Changes the rate of both clocks from now on. At least -900,000 and at most 9,000,000 ppm. */
  setDrift(ppm: number): void {
    assertDrift(ppm);
    this.baseMonotonicUs = this.monotonicUs();
    this.baseUs = this.host.nowUs;
    this.rate = asInteger(MILLION + ppm);
    this.convertDeadline();
  }

  /** Steps the wall clock either way, as an operator or NTP does; deadlines do not notice. */
  jumpWall(byUs: Micros): void {
    assert(Number.isSafeInteger(byUs), 'a clock jump is an integer', { byUs });
    this.wallOffsetUs += byUs;
  }

  /** Moves both clocks forward, as a virtual machine that was moved sees it. Deadlines come nearer. */
  jumpForward(byUs: Micros): void {
    assert(Number.isSafeInteger(byUs) && byUs >= 0, 'the monotonic clock never goes back', {
      byUs,
    });
    this.baseMonotonicUs = asInteger(this.baseMonotonicUs + byUs);
    this.convertDeadline();
  }

  /** Forgets the deadline: it has fired, or its process has died. */
  disarm(): void {
    this.deadlineMonotonicUs = NEVER;
    this.deadlineUs = NEVER;
  }

  private convertDeadline(): void {
    const { deadlineMonotonicUs: deadline, rate, baseMonotonicUs } = this;
    if (deadline === NEVER) {
      this.deadlineUs = NEVER;
    } else {
      const aheadUs = deadline - baseMonotonicUs;
      const { nowUs } = this.host;
      // The first microsecond at which the monotonic clock reads at least the deadline.
      const atUs =
        rate === MILLION || aheadUs <= 0
          ? this.baseUs + aheadUs
          : this.baseUs + scaleUp(aheadUs, MILLION, rate);
      this.deadlineUs = Math.max(atUs, nowUs);
    }
    this.deadlineMoved();
  }
}

function assertDrift(ppm: number): void {
  assert(Number.isInteger(ppm) && ppm >= -900_000 && ppm <= 9_000_000, 'drift out of range', {
    ppm,
  });
}

/** floor(value * times / by), exact: the product itself could pass 2^53. */
function scaleDown(value: number, times: number, by: number): number {
  const whole = Math.floor(value / by);
  const rest = value - whole * by;
  return asInteger(whole * times + Math.floor((rest * times) / by));
}

/** ceil(value * times / by), exact. */
function scaleUp(value: number, times: number, by: number): number {
  const whole = Math.floor(value / by);
  const rest = value - whole * by;
  return asInteger(whole * times + Math.ceil((rest * times) / by));
}
