// The status of a campaign on stderr: a live line on a terminal, a line every 10 s elsewhere.
// Not here: results, which go to stdout. Real time is measured here and nowhere near a run.

import type { Output } from './host.js';

const LIVE_MS = 100;
const PLAIN_MS = 10_000;

export class Progress {
  private done = 0;
  private failed = 0;
  private virtualUs = 0;
  private doing = '';
  private facts: readonly string[] = [];
  private live = false;
  private readonly total: number;
  private readonly output: Output;
  private readonly startMs = performance.now();
  private readonly timer: NodeJS.Timeout;

  /** @param total runs in all; `Infinity` where nobody knows */
  constructor(total: number, output: Output) {
    this.total = total;
    this.output = output;
    const everyMs = output.isTTY === true ? LIVE_MS : PLAIN_MS;
    this.timer = setInterval(() => this.show(), everyMs);
    this.timer.unref();
  }

  /** Counts a run. */
  ran(virtualUs: number, failed: boolean): void {
    this.done += 1;
    this.virtualUs += virtualUs;
    if (failed) this.failed += 1;
    this.doing = '';
  }

  /** Shown behind the counts until the next run is counted, for example `shrinking, 12 runs`. */
  note(doing: string): void {
    this.doing = doing;
  }

  /** Shown behind the counts from now on, for example `marks 41/44`. */
  tell(facts: readonly string[]): void {
    this.facts = facts;
  }

  /** Removes the live line, so that something else can be printed. */
  clear(): void {
    if (this.live) this.output.write('\r\x1b[K');
    this.live = false;
  }

  stop(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private show(): void {
    const line = this.line((performance.now() - this.startMs) / 1000);
    if (this.output.isTTY === true) {
      this.output.write(`\r\x1b[K${line.slice(0, (this.output.columns ?? 80) - 1)}`);
      this.live = true;
    } else {
      this.output.write(`${line}\n`);
    }
  }

  private line(seconds: number): string {
    const rate = seconds === 0 ? 0 : this.done / seconds;
    const ratio = seconds === 0 ? 0 : this.virtualUs / 1e6 / seconds;
    const parts = [
      clockText(seconds),
      Number.isFinite(this.total) ? `${this.done}/${this.total} runs` : `${this.done} runs`,
      `${rate.toFixed(rate < 10 ? 1 : 0)}/s`,
      `${Math.round(ratio)}x real time`,
      `${this.failed} failed`,
      ...this.facts,
    ];
    if (this.doing !== '') parts.push(this.doing);
    return parts.join('  ');
  }
}

function clockText(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
