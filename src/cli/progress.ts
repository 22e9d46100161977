// What the status on stderr says of a campaign, and of files being checked.
// Not here: when it is shown (status-line.ts), or results, which go to stdout.

import type { Output } from './host.js';
import { StatusLine } from './status-line.js';
import { integerText } from './text.js';

/** Columns of the bar. */
const BAR_WIDTH = 20;

/** Of `simquake run`. */
export class Progress {
  private done = 0;
  private failed = 0;
  private virtualUs = 0;
  private doing = '';
  private facts: readonly string[] = [];
  private readonly total: number;
  private readonly status: StatusLine;

  /** @param total runs in all; `Infinity` where nobody knows */
  constructor(total: number, output: Output) {
    this.total = total;
    this.status = new StatusLine(output, (seconds) => this.line(seconds));
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
    this.status.clear();
  }

  stop(): void {
    this.status.stop();
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

/** Of `simquake check`: which file, how much of it is read, and how many operations that were. */
export class CheckProgress {
  private done = 0;
  private file = '';
  private size = 0;
  private bytes = 0;
  private count = 0;
  private readonly total: number;
  private readonly status: StatusLine;

  constructor(total: number, output: Output) {
    this.total = total;
    this.status = new StatusLine(output, (seconds) => this.line(seconds));
  }

  begin(file: string, size: number): void {
    this.done += 1;
    this.file = file;
    this.size = size;
    this.bytes = 0;
    this.count = 0;
  }

  /** The file is read once more from the start. */
  again(): void {
    this.bytes = 0;
    this.count = 0;
  }

  /** `count` events or operations are in the first `bytes` of the file. */
  read(bytes: number, count: number): void {
    this.bytes = bytes;
    this.count = count;
  }

  /** All of the file is read, and nothing will be shown until it is judged. */
  judging(): void {
    this.bytes = this.size;
    this.status.refresh();
  }

  clear(): void {
    this.status.clear();
  }

  stop(): void {
    this.status.stop();
  }

  private line(seconds: number): string {
    const share = this.size === 0 ? 1 : Math.min(1, this.bytes / this.size);
    const filled = Math.round(share * BAR_WIDTH);
    const bar = `${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}`;
    const parts = [
      clockText(seconds),
      `[${bar}] ${String(Math.floor(share * 100)).padStart(3)} %`,
      `${this.done}/${this.total} files`,
      share < 1 ? `${integerText(this.count)} read` : `judging ${integerText(this.count)}`,
      this.file,
    ];
    return parts.join('  ');
  }
}

function clockText(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
