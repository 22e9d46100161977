// A text that arrives in chunks and is read from the front: holds what is not read yet, and knows the line
// and the column of it. Not here: what the text says (edn.ts, json-text.ts).

import { FormatError } from './line-scanner.js';

export interface TextPosition {
  /** Counts from 1. */
  readonly line: number;
  /** Counts from 1, in UTF-16 units. */
  readonly column: number;
}

/** Thrown by a reader that reaches the end of the text so far, and caught by {@link ChunkedText.attempt}. */
export const INCOMPLETE = new Error('the text ends within a value');

export abstract class ChunkedText {
  /** What came and was not dropped. Only `push` changes it. */
  protected text = '';
  /** Where reading goes on in `text`. */
  protected at = 0;
  protected ended = false;
  /** Not to be tried again before there is so much: or a value of many chunks costs their square. */
  private lengthNeeded = 0;
  /** The position of `text[0]`, and of the latest place somebody asked for. */
  private base: TextPosition = { line: 1, column: 1 };
  private mark: TextPosition = this.base;
  private markAt = 0;
  /** The first line feed from `markAt` on; -1 if that is not known. */
  private lineFeedAt = -1;

  push(chunk: string): void {
    if (this.at > 0) {
      this.base = this.positionOf(this.at);
      this.text = this.text.slice(this.at);
      this.at = 0;
      this.mark = this.base;
      this.markAt = 0;
    }
    this.text += chunk;
    this.lineFeedAt = -1;
  }

  /** No more text will come. */
  end(): void {
    this.ended = true;
    this.lengthNeeded = 0;
  }

  /** What `read` returns; undefined, with nothing read, if it throws {@link INCOMPLETE}. */
  protected attempt<T>(read: () => T): T | undefined {
    if (this.text.length < this.lengthNeeded) return undefined;
    const from = this.at;
    try {
      const value = read();
      this.lengthNeeded = 0;
      return value;
    } catch (error) {
      if (error !== INCOMPLETE) throw error;
      this.at = from;
      this.lengthNeeded = 2 * (this.text.length - from);
      return undefined;
    }
  }

  /** Takes constant time on average if it is asked for rising places. */
  protected positionOf(at: number): TextPosition {
    if (at < this.markAt) {
      this.mark = this.base;
      this.markAt = 0;
      this.lineFeedAt = -1;
    }
    let { line, column } = this.mark;
    let from = this.markAt;
    if (this.lineFeedAt < 0) this.lineFeedAt = this.lineFeedFrom(from);
    while (this.lineFeedAt < at) {
      line++;
      column = 1;
      from = this.lineFeedAt + 1;
      this.lineFeedAt = this.lineFeedFrom(from);
    }
    this.mark = { line, column: column + at - from };
    this.markAt = at;
    return this.mark;
  }

  private lineFeedFrom(at: number): number {
    const found = this.text.indexOf('\n', at);
    return found < 0 ? Infinity : found;
  }

  protected fail(message: string, at = this.at): never {
    throw new FormatError(message, this.positionOf(at));
  }
}
