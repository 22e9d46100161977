// Reads EDN (github.com/edn-format/edn), from chunks of text as they come: a history may be larger than
// memory. Not here: what the values mean.

import { ChunkedText, INCOMPLETE, type TextPosition } from './chunked-text.js';
import { type Datum, DatumMap, DatumSet, Keyword, Tagged, Word } from './datum.js';

/** Deeper nesting is not a history, and would overflow the stack. */
const DEPTH_MAX = 200;

/** What is read where the bracket stands that encloses the values. */
const BRACKET = Symbol('bracket');

const QUOTE = 34;
const HASH = 35;
const OPEN_ROUND = 40;
const CLOSE_ROUND = 41;
const PLUS = 43;
const MINUS = 45;
const DIGIT_0 = 48;
const DIGIT_9 = 57;
const COLON = 58;
const SEMICOLON = 59;
const OPEN_SQUARE = 91;
const BACKSLASH = 92;
const CLOSE_SQUARE = 93;
const UNDERSCORE = 95;
const OPEN_CURLY = 123;
const CLOSE_CURLY = 125;

/** Ends a number, keyword or word. */
const DELIMITERS = new Set(Array.from(' \t\n\r\f,;"()[]{}\\', (unit) => unit.charCodeAt(0)));
const IS_DELIMITER = Uint8Array.from({ length: 128 }, (_, code) => (DELIMITERS.has(code) ? 1 : 0));
const IS_BLANK = Uint8Array.from({ length: 128 }, (_, code) =>
  ' \t\n\r\f,\v'.includes(String.fromCharCode(code)) ? 1 : 0,
);

const NUMBER = /^[+-]?(?:0|[1-9][0-9]*)(?:N|(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?M?)$/;
const INTEGER = /^[+-]?[0-9]+N?$/;
const ESCAPES: Readonly<Record<string, string>> = {
  t: '\t',
  r: '\r',
  n: '\n',
  b: '\b',
  f: '\f',
  '"': '"',
  '\\': '\\',
};
const CHARACTERS: Readonly<Record<string, string>> = {
  newline: '\n',
  return: '\r',
  space: ' ',
  tab: '\t',
  formfeed: '\f',
  backspace: '\b',
};

export interface EdnOptions {
  /** Takes the elements of a vector or list that encloses the text for the values themselves. */
  readonly spread?: boolean;
}

/**
 * Values one by one, from text that is pushed in chunks. A FormatError says where the text is wrong.
 * Memory is that of the largest value and of one chunk.
 */
export class EdnReader extends ChunkedText {
  private depth = 0;
  private readonly spread: boolean;
  /** The bracket that encloses the values, if the text began with one and it is open; else 0. */
  private enclosing = 0;
  private enclosedAt: TextPosition = { line: 1, column: 1 };
  private begun = false;
  private closed = false;
  private valueAt = 0;
  private readonly keywords = new Map<string, Keyword>();

  constructor(options: EdnOptions = {}) {
    super();
    this.spread = options.spread ?? false;
  }

  /** The next value, or undefined if there is none (yet, unless the text has ended). */
  next(): Datum | undefined {
    while (true) {
      const item = this.attempt(this.read);
      if (item !== BRACKET) return item;
    }
  }

  /** Where the last value begins. Not after the next push. */
  position(): TextPosition {
    return this.positionOf(this.valueAt);
  }

  private readonly read = (): Datum | typeof BRACKET | undefined => {
    if (!this.skip()) {
      if (this.enclosing === 0 || !this.ended) return undefined;
      return this.unclosed(this.enclosing, this.enclosedAt);
    }
    this.valueAt = this.at;
    this.depth = 0;
    const code = this.text.charCodeAt(this.at);
    if (this.closed) this.fail('expected the end of the text');
    if (this.enclosing !== 0 && code === closingOf(this.enclosing)) {
      this.at++;
      this.enclosing = 0;
      this.closed = true;
      return BRACKET;
    }
    if (this.spread && !this.begun && (code === OPEN_SQUARE || code === OPEN_ROUND)) {
      this.enclosedAt = this.position();
      this.enclosing = code;
      this.begun = true;
      this.at++;
      return BRACKET;
    }
    const value = this.value();
    this.begun = true;
    return value;
  };

  /** Skips blanks, comments and discarded values. False at the end of the text. */
  private skip(): boolean {
    const { text } = this;
    while (true) {
      let code = text.charCodeAt(this.at);
      while (code < 128 && IS_BLANK[code] === 1) code = text.charCodeAt(++this.at);
      if (this.at >= text.length) return false;
      if (code === SEMICOLON) {
        const end = text.indexOf('\n', this.at);
        if (end < 0 && !this.ended) throw INCOMPLETE;
        this.at = end < 0 ? text.length : end + 1;
      } else if (code === HASH && this.peek(this.at + 1) === UNDERSCORE) {
        this.at += 2;
        if (!this.skip()) this.needMore('a value after #_');
        this.value();
      } else return true;
    }
  }

  /** The unit at `at`; NaN at the end of the whole text. */
  private peek(at: number): number {
    if (at >= this.text.length && !this.ended) throw INCOMPLETE;
    return this.text.charCodeAt(at);
  }

  private value(): Datum {
    const code = this.text.charCodeAt(this.at);
    switch (code) {
      case QUOTE:
        return this.string();
      case COLON:
        return this.keyword();
      case OPEN_CURLY:
        return this.map();
      case OPEN_SQUARE:
      case OPEN_ROUND:
        return this.items(code);
      case HASH:
        return this.dispatch();
      case BACKSLASH:
        return this.character();
      case CLOSE_CURLY:
      case CLOSE_SQUARE:
      case CLOSE_ROUND:
        return this.fail(`expected a value, but found ${String.fromCharCode(code)}`);
    }
    if (isDigit(code)) return this.number();
    if ((code === PLUS || code === MINUS) && isDigit(this.peek(this.at + 1))) return this.number();
    return this.word();
  }

  private string(): string {
    const { text, at } = this;
    const end = text.indexOf('"', at + 1);
    const plain = text.slice(at + 1, end);
    if (end < 0 || plain.includes('\\')) return this.stringWithEscapes();
    this.at = end + 1;
    return plain;
  }

  private stringWithEscapes(): string {
    const { text } = this;
    const opened = this.at;
    let out = '';
    for (let at = this.at + 1; at < text.length; at++) {
      const unit = text[at]!;
      if (unit === '"') {
        this.at = at + 1;
        return out;
      }
      if (unit !== '\\') {
        out += unit;
        continue;
      }
      this.at = at;
      const escaped = String.fromCharCode(this.peek(++at));
      const plain = ESCAPES[escaped];
      if (plain !== undefined) out += plain;
      else if (escaped === 'u') {
        this.peek(at + 4);
        out += this.codeUnit(text.slice(at + 1, at + 5));
        at += 4;
      } else this.fail('expected one of t, r, n, b, f, u, " and \\ after \\');
    }
    this.at = opened;
    return this.needMore('a closing quote for this one');
  }

  private codeUnit(digits: string): string {
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail('expected four hexadecimal digits after \\u');
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private character(): string {
    this.peek(this.at + 1);
    const from = this.at + 1;
    // The character itself may be a delimiter, as in \( and \\.
    const end = this.atomEnd(from + 1);
    const name = this.text.slice(from, end);
    const named = CHARACTERS[name] ?? (name.length === 1 ? name : undefined);
    const value = named ?? (name[0] === 'u' ? this.codeUnit(name.slice(1)) : undefined);
    if (value === undefined) return this.fail(`no character is called \\${name}`);
    this.at = end;
    return value;
  }

  private keyword(): Keyword {
    const end = this.atomEnd(this.at + 1);
    const name = this.text.slice(this.at + 1, end);
    const known = this.keywords.get(name);
    if (known === undefined && (name === '' || name[0] === ':'))
      this.fail('expected a name after the colon');
    const keyword = known ?? new Keyword(name);
    if (known === undefined) this.keywords.set(name, keyword);
    this.at = end;
    return keyword;
  }

  private map(): DatumMap {
    const opened = this.at;
    const keys: Datum[] = [];
    const values: Datum[] = [];
    this.enter();
    while (!this.closes(CLOSE_CURLY, opened)) {
      const keyAt = this.at;
      const key = this.value();
      if (
        typeof key === 'object' ? key instanceof Keyword && keys.includes(key) : keys.includes(key)
      ) {
        this.at = keyAt;
        this.fail('this key is in the map already');
      }
      if (!this.skip()) this.needMore('the value of this key');
      if (this.text.charCodeAt(this.at) === CLOSE_CURLY)
        this.fail('expected the value of the last key');
      keys.push(key);
      values.push(this.value());
    }
    return new DatumMap(keys, values);
  }

  private items(open: number): Datum[] {
    const opened = this.at;
    const close = closingOf(open);
    const items: Datum[] = [];
    this.enter();
    while (!this.closes(close, opened)) items.push(this.value());
    return items;
  }

  private enter(): void {
    if (++this.depth > DEPTH_MAX) this.fail(`values are nested deeper than ${DEPTH_MAX}`);
    this.at++;
  }

  /** True, and past it, if `close` is next; else a value is. */
  private closes(close: number, opened: number): boolean {
    if (!this.skip()) {
      if (!this.ended) throw INCOMPLETE;
      return this.unclosed(this.text.charCodeAt(opened), this.positionOf(opened));
    }
    if (this.text.charCodeAt(this.at) !== close) return false;
    this.at++;
    this.depth--;
    return true;
  }

  /** What begins with #. */
  private dispatch(): Datum {
    const next = this.peek(this.at + 1);
    if (next === OPEN_CURLY) {
      this.at++;
      return new DatumSet(this.items(OPEN_CURLY));
    }
    const end = this.atomEnd(this.at + 1);
    const tag = this.text.slice(this.at + 1, end);
    if (tag === '#Inf') return this.past(end, Infinity);
    if (tag === '#-Inf') return this.past(end, -Infinity);
    if (tag === '#NaN') return this.past(end, Number.NaN);
    if (!/^[a-zA-Z]/.test(tag)) this.fail('expected {, _ or a tag after #');
    this.at = end;
    if (!this.skip()) this.needMore(`a value after #${tag}`);
    if (++this.depth > DEPTH_MAX) this.fail(`values are nested deeper than ${DEPTH_MAX}`);
    const value = this.value();
    this.depth--;
    return new Tagged(tag, value);
  }

  private number(): number | bigint {
    const end = this.atomEnd(this.at + 1);
    const text = this.text.slice(this.at, end);
    if (!NUMBER.test(text)) return this.fail(`${text} is not a number`);
    if (!INTEGER.test(text)) return this.past(end, Number(text.replace('M', '')));
    const digits = text.endsWith('N') ? text.slice(0, -1) : text;
    const value = Number(digits);
    return this.past(end, Number.isSafeInteger(value) ? value : BigInt(digits));
  }

  private word(): Datum {
    const end = this.atomEnd(this.at);
    const name = this.text.slice(this.at, end);
    if (name === 'nil') return this.past(end, null);
    if (name === 'true') return this.past(end, true);
    if (name === 'false') return this.past(end, false);
    if (!/^[\p{L}.*+!\-_?$%&=<>/][\p{L}\p{N}.*+!\-_?$%&=<>/:#']*$/u.test(name)) {
      const shown = name.length > 20 ? `${name.slice(0, 20)}...` : name;
      this.fail(`expected a value, but found ${JSON.stringify(shown)}`);
    }
    return this.past(end, new Word(name));
  }

  private past<T>(end: number, value: T): T {
    this.at = end;
    return value;
  }

  /** Where the number, keyword or word ends that goes on at `from`. */
  private atomEnd(from: number): number {
    const { text } = this;
    let end = from;
    while (end < text.length) {
      const code = text.charCodeAt(end);
      if (code < 128 && IS_DELIMITER[code] === 1) return end;
      end++;
    }
    if (!this.ended) throw INCOMPLETE;
    return end;
  }

  private needMore(what: string): never {
    if (!this.ended) throw INCOMPLETE;
    return this.fail(`expected ${what}, but the text ends`);
  }

  private unclosed(open: number, opened: TextPosition): never {
    const close = String.fromCharCode(closingOf(open));
    return this.fail(
      `expected ${close} for the ${String.fromCharCode(open)} of line ${opened.line}, column ${opened.column}, but the text ends`,
    );
  }
}

/** All values of a text. Throws FormatError. */
export function parseEdn(text: string, options: EdnOptions = {}): Datum[] {
  const reader = new EdnReader(options);
  reader.push(text);
  reader.end();
  const values: Datum[] = [];
  for (let value = reader.next(); value !== undefined; value = reader.next()) values.push(value);
  return values;
}

function closingOf(open: number): number {
  return open === OPEN_ROUND ? CLOSE_ROUND : open === OPEN_SQUARE ? CLOSE_SQUARE : CLOSE_CURLY;
}

function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9;
}
