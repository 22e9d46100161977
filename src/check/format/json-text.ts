// Reads JSON values one by one from chunks of text: one after another (JSON lines), or the elements of an
// array around all of them. Not here: what the values mean.

import { ChunkedText, INCOMPLETE, type TextPosition } from './chunked-text.js';
import { type Datum, DatumMap } from './datum.js';
import type { Json, JsonObject } from './json.js';
import { JSON_DEPTH_MAX, type JsonFault, jsonFault } from './json-fault.js';
import { type JsonPath, offsetAt } from './json-place.js';

/** What is read where a bracket or comma stands that is around the values. */
const BRACKET = Symbol('bracket');

const QUOTE = 34;
const COMMA = 44;
const OPEN_SQUARE = 91;
const BACKSLASH = 92;
const CLOSE_SQUARE = 93;
const OPEN_CURLY = 123;
const CLOSE_CURLY = 125;

/** So many digits may stand for an integer that a number does not hold. */
const MANY_DIGITS = 16;

/**
 * Values one by one, from text that is pushed in chunks. A FormatError says where the text is wrong;
 * integers of 2^53 or more are refused, since they would become others.
 */
export class JsonReader extends ChunkedText {
  /** Where the enclosing array begins, if there is one and it is open. */
  private enclosedAt: TextPosition | null = null;
  private begun = false;
  private closed = false;
  /** Whether a value of the enclosing array came without a comma behind it. */
  private commaDue = false;
  private valueAt = 0;

  /** The next value, or undefined if there is none (yet, unless the text has ended). */
  next(): Json | undefined {
    while (true) {
      const item = this.attempt(this.read);
      if (item !== BRACKET) return item;
    }
  }

  /** Where the last value begins. Not after the next push. */
  position(): TextPosition {
    return this.positionOf(this.valueAt);
  }

  /** Where the value at `path` in the last value begins. Not after the next push. */
  positionIn(path: JsonPath): TextPosition {
    if (path.length === 0) return this.position();
    return this.positionOf(offsetAt(this.text, this.valueAt, path));
  }

  private readonly read = (): Json | typeof BRACKET | undefined => {
    const { text, enclosedAt } = this;
    while (isBlank(text.charCodeAt(this.at))) this.at++;
    if (this.at >= text.length) {
      if (enclosedAt === null || !this.ended) return undefined;
      const { line, column } = enclosedAt;
      return this.fail(`expected ] for the [ of line ${line}, column ${column}, but the text ends`);
    }
    const code = text.charCodeAt(this.at);
    this.valueAt = this.at;
    if (this.closed) return this.fail('expected the end of the text');
    if (enclosedAt !== null && code === CLOSE_SQUARE) {
      this.at++;
      this.enclosedAt = null;
      this.closed = true;
      return BRACKET;
    }
    if (this.commaDue) {
      if (code !== COMMA) return this.fail('expected , or ]');
      this.at++;
      this.commaDue = false;
      return BRACKET;
    }
    if (!this.begun && code === OPEN_SQUARE) {
      this.enclosedAt = this.position();
      this.at++;
      this.begun = true;
      return BRACKET;
    }
    const value = this.value(code);
    this.begun = true;
    this.commaDue = enclosedAt !== null;
    return value;
  };

  private value(code: number): Json {
    let end = code === OPEN_CURLY ? this.endOfLine() : -1;
    let text = end < 0 ? '' : this.text.slice(this.at, end);
    let value = end < 0 || !isShallow(text) ? undefined : parsed(text);
    if (value === undefined) {
      end = this.endOfValue(code);
      text = this.text.slice(this.at, end);
      value = parsed(text);
      if (value === undefined) return this.refuse(text);
    }
    if (hasManyDigits(text)) {
      const fault = jsonFault(text);
      if (fault !== null) this.refuse(text, fault);
    }
    this.at = end;
    return value;
  }

  /** Where the line ends, if with a bracket: mostly that of the value. -1 if not, or if its end has not come. */
  private endOfLine(): number {
    const { text } = this;
    let end = text.indexOf('\n', this.at);
    if (end < 0) return -1;
    while (isBlank(text.charCodeAt(end - 1))) end--;
    return text.charCodeAt(end - 1) === CLOSE_CURLY ? end : -1;
  }

  private refuse(text: string, fault: JsonFault | null = jsonFault(text)): never {
    return this.fail(fault?.message ?? 'this is not JSON', this.at + (fault?.at ?? 0));
  }

  /** Where the value ends, if it is one. */
  private endOfValue(first: number): number {
    const { text } = this;
    if (first !== OPEN_CURLY && first !== OPEN_SQUARE && first !== QUOTE) return this.endOfWord();
    let depth = 0;
    for (let at = this.at; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        at = this.closingQuote(at);
        if (depth === 0) return at + 1;
      } else if (code === OPEN_CURLY || code === OPEN_SQUARE) {
        if (++depth <= JSON_DEPTH_MAX) continue;
        this.fail(`values are nested deeper than ${JSON_DEPTH_MAX}`, at);
      } else if ((code === CLOSE_CURLY || code === CLOSE_SQUARE) && --depth === 0) return at + 1;
    }
    return this.endOfText();
  }

  private closingQuote(opened: number): number {
    const { text } = this;
    for (let at = text.indexOf('"', opened + 1); at >= 0; at = text.indexOf('"', at + 1)) {
      let slashes = 0;
      while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
      if (slashes % 2 === 0) return at;
    }
    return this.endOfText();
  }

  private endOfWord(): number {
    const { text } = this;
    let end = this.at + 1;
    while (end < text.length && !isBlank(text.charCodeAt(end)) && !isStop(text.charCodeAt(end)))
      end++;
    return end < text.length ? end : this.endOfText();
  }

  private endOfText(): number {
    if (!this.ended) throw INCOMPLETE;
    return this.text.length;
  }
}

/** JSON as the readers of EDN give it. */
export function datumOf(json: Json): Datum {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(datumOf);
  const object = json as JsonObject;
  const names = Object.keys(object);
  return new DatumMap(
    names,
    names.map((name) => datumOf(object[name]!)),
  );
}

/** Undefined if the text is not one value. */
function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Whether values cannot be nested too deep: there are not that many brackets. */
function isShallow(text: string): boolean {
  let brackets = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (++brackets > JSON_DEPTH_MAX) return false;
    }
  }
  return true;
}

/** Whether so many digits stand in a row. One of them stands at every such distance, wherever they begin. */
function hasManyDigits(text: string): boolean {
  for (let at = MANY_DIGITS - 1; at < text.length; at += MANY_DIGITS) {
    if (!isDigit(text.charCodeAt(at))) continue;
    let from = at;
    while (from > 0 && isDigit(text.charCodeAt(from - 1))) from--;
    let end = at + 1;
    while (end < text.length && isDigit(text.charCodeAt(end))) end++;
    if (end - from >= MANY_DIGITS) return true;
  }
  return false;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13 && code !== 11 && code !== 12);
}

function isStop(code: number): boolean {
  return code === COMMA || code === CLOSE_SQUARE || code === CLOSE_CURLY;
}
