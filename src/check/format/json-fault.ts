// Says where a text stops being JSON and what would have been right there. `JSON.parse` decides; its own
// messages depend on the version of Node, and many name no place.

export interface JsonFault {
  readonly at: number;
  readonly message: string;
}

/** Deeper nesting is not a history, and could overflow the stack of whoever walks it. */
export const JSON_DEPTH_MAX = 200;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const INTEGER = /^-?[0-9]+$/;
const STRING_PART = /(?:[ -!#-[\]-\uffff]+|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*/y;
const WORDS = ['true', 'false', 'null'];

/** The first fault of a text that should be one JSON value; null if there is none. */
export function jsonFault(text: string): JsonFault | null {
  return new Scan(text).fault();
}

class Fault extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

class Scan {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  fault(): JsonFault | null {
    try {
      this.value(0);
      this.blanks();
      if (this.at < this.text.length) this.fail('expected the end of the value');
      return null;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return { at: error.at, message: error.message };
    }
  }

  private value(depth: number): void {
    if (depth > JSON_DEPTH_MAX) this.fail(`values are nested deeper than ${JSON_DEPTH_MAX}`);
    this.blanks();
    const unit = this.text[this.at];
    if (unit === '{') this.list('}', () => this.member(depth + 1));
    else if (unit === '[') this.list(']', () => this.value(depth + 1));
    else if (unit === '"') this.string();
    else if (!this.word() && !this.number()) this.fail(`expected a value${this.found()}`);
  }

  /** From an opening bracket to `close`, with commas between the items. */
  private list(close: string, item: () => void): void {
    this.at++;
    this.blanks();
    if (this.accept(close)) return;
    while (true) {
      item();
      this.blanks();
      if (this.accept(close)) return;
      if (!this.accept(',')) this.fail(`expected , or ${close}${this.found()}`);
    }
  }

  private member(depth: number): void {
    this.blanks();
    if (this.text[this.at] !== '"') this.fail(`expected a name in double quotes${this.found()}`);
    this.string();
    this.blanks();
    if (!this.accept(':')) this.fail(`expected :${this.found()}`);
    this.value(depth);
  }

  private string(): void {
    const opened = this.at++;
    this.match(STRING_PART);
    if (this.accept('"')) return;
    if (this.at < this.text.length) this.fail('this cannot stand in a string');
    this.at = opened;
    this.fail('expected a closing quote for this one, but the text ends');
  }

  private number(): boolean {
    const from = this.at;
    const text = this.match(NUMBER);
    if (text === '') return false;
    if (INTEGER.test(text) && !Number.isSafeInteger(Number(text))) {
      this.at = from;
      this.fail('expected an integer below 2^53');
    }
    return true;
  }

  private word(): boolean {
    return WORDS.some((word) => this.accept(word));
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  private accept(literal: string): boolean {
    if (!this.text.startsWith(literal, this.at)) return false;
    this.at += literal.length;
    return true;
  }

  private blanks(): void {
    while (' \t\n\r'.includes(this.text[this.at] ?? '.')) this.at++;
  }

  private found(): string {
    const unit = this.text[this.at];
    return unit === undefined ? ', but the text ends' : `, but found ${JSON.stringify(unit)}`;
  }

  private fail(message: string): never {
    throw new Fault(message, this.at);
  }
}
