// One line of status on stderr: live on a terminal, a line every 10 s elsewhere.
// Not here: what it says (progress.ts). Real time is measured here and nowhere near a run.

import type { Output } from './host.js';

const LIVE_MS = 100;
const PLAIN_MS = 10_000;

export class StatusLine {
  private live = false;
  private readonly output: Output;
  private readonly text: (seconds: number) => string;
  private readonly startMs = performance.now();
  private readonly timer: NodeJS.Timeout;

  /** `text` is asked for the line, given the seconds since now. */
  constructor(output: Output, text: (seconds: number) => string) {
    this.output = output;
    this.text = text;
    const everyMs = output.isTTY === true ? LIVE_MS : PLAIN_MS;
    this.timer = setInterval(() => this.show(), everyMs);
    this.timer.unref();
  }

  /** Removes the live line, so that something else can be printed. */
  clear(): void {
    if (this.live) this.output.write('\r\x1b[K');
    this.live = false;
  }

  /** Shows the line now on a terminal, because nothing can be shown for a while. */
  refresh(): void {
    if (this.output.isTTY === true) this.show();
  }

  stop(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private show(): void {
    const line = this.text((performance.now() - this.startMs) / 1000);
    if (this.output.isTTY === true) {
      this.output.write(`\r\x1b[K${line.slice(0, (this.output.columns ?? 80) - 1)}`);
      this.live = true;
    } else {
      this.output.write(`${line}\n`);
    }
  }
}
