// Finds a value within a JSON text by its path, so that an error can name the line and the column of what is
// wrong inside a value of many lines. The text has been parsed before: it is JSON.

import type { Json } from './json.js';

export type JsonPath = readonly PropertyKey[];

const BLANK = /[\s,:]*/y;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const BARE = /[^\s,:\]}]+/y;

/**
 * The offset of the value at `path` in the value that begins at `from`; as far down the path as there is
 * something. O(n).
 */
export function offsetAt(text: string, from: number, path: JsonPath): number {
  let at = afterBlanks(text, from);
  for (const step of path) {
    const inside = memberAt(text, at, step);
    if (inside === null) return at;
    at = inside;
  }
  return at;
}

/** The value at `path`; undefined if there is none. */
export function valueAt(json: Json, path: JsonPath): Json | undefined {
  let value: Json | undefined = json;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<PropertyKey, Json>>)[step];
  }
  return value;
}

function memberAt(text: string, from: number, step: PropertyKey): number | null {
  const open = text[from];
  if (open !== '{' && open !== '[') return null;
  let at = afterBlanks(text, from + 1);
  for (let index = 0; text[at] !== '}' && text[at] !== ']'; index++) {
    let name: unknown = index;
    if (open === '{') {
      const end = endOf(STRING, text, at);
      name = JSON.parse(text.slice(at, end));
      at = afterBlanks(text, end);
    }
    if (name === step) return at;
    at = afterBlanks(text, endOfValue(text, at));
  }
  return null;
}

function endOfValue(text: string, from: number): number {
  const open = text[from];
  if (open === '"') return endOf(STRING, text, from);
  if (open !== '{' && open !== '[') return endOf(BARE, text, from);
  let depth = 0;
  for (let at = from; ; at++) {
    const unit = text[at];
    if (unit === '"') at = endOf(STRING, text, at) - 1;
    else if (unit === '{' || unit === '[') depth++;
    else if ((unit === '}' || unit === ']') && --depth === 0) return at + 1;
  }
}

function afterBlanks(text: string, from: number): number {
  return endOf(BLANK, text, from);
}

function endOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return from + pattern.exec(text)![0].length;
}
