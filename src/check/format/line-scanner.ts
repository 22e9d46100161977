// Reads one line of a text format from left to right, and says where and why it gave up.
// Not here: the formats.

/** A line that does not follow its format. Line and column count from 1. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly line: number;
  readonly column: number;

  constructor(message: string, at: { readonly line: number; readonly column: number }) {
    super(`line ${at.line}, column ${at.column}: ${message}`);
    this.line = at.line;
    this.column = at.column;
  }
}

export class LineScanner {
  readonly line: number;
  private readonly text: string;
  private at = 0;

  constructor(text: string, line: number) {
    this.text = text;
    this.line = line;
  }

  fail(message: string): never {
    throw new FormatError(message, { line: this.line, column: this.at + 1 });
  }

  atEnd(): boolean {
    return this.at === this.text.length;
  }

  expectEnd(): void {
    if (!this.atEnd()) this.fail('expected the end of the line');
  }

  /** Skips `literal` and returns true, if it is next. */
  accept(literal: string): boolean {
    if (!this.text.startsWith(literal, this.at)) return false;
    this.at += literal.length;
    return true;
  }

  expect(literal: string): void {
    if (!this.accept(literal)) this.fail(`expected ${JSON.stringify(literal)}`);
  }

  /** Skips blanks and tabs; at least one. */
  gap(): void {
    const start = this.at;
    while (this.text[this.at] === ' ' || this.text[this.at] === '\t') this.at++;
    if (this.at === start) this.fail('expected a space or a tab');
  }

  /** One of `words`; the longest wins. */
  word<W extends string>(words: readonly W[]): W {
    let found: W | undefined;
    for (const word of words) {
      if (found !== undefined && word.length <= found.length) continue;
      if (this.text.startsWith(word, this.at)) found = word;
    }
    if (found === undefined) return this.fail(`expected one of ${words.join(', ')}`);
    this.at += found.length;
    return found;
  }

  integer(): number {
    const start = this.at;
    let end = start;
    if (this.text[end] === '-') end++;
    while (isDigit(this.text[end])) end++;
    const value = Number(this.text.slice(start, end));
    if (!isDigit(this.text[end - 1])) return this.fail('expected an integer');
    if (!Number.isSafeInteger(value)) return this.fail('expected an integer below 2^53');
    this.at = end;
    return value;
  }

  /** A text in double quotes, in which \" and \\ stand for themselves. */
  quoted(): string {
    this.expect('"');
    let out = '';
    while (true) {
      const unit = this.text[this.at];
      if (unit === undefined) return this.fail('expected a closing quote');
      this.at++;
      if (unit === '"') return out;
      if (unit !== '\\') {
        out += unit;
        continue;
      }
      const escaped = this.text[this.at];
      if (escaped !== '"' && escaped !== '\\') return this.fail('expected " or \\ after \\');
      this.at++;
      out += escaped;
    }
  }
}

function isDigit(unit: string | undefined): boolean {
  return unit !== undefined && unit >= '0' && unit <= '9';
}
