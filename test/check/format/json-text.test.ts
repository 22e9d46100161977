// JSON texts read value by value: the same values whatever the layout and the chunks, and the same refusals
// whether a value ends with its line or not.

import { describe, expect, it } from 'vitest';
import { type Random, randomStream } from '../../../src/base/random.js';
import type { Json } from '../../../src/check/format/json.js';
import { JsonReader } from '../../../src/check/format/json-text.js';

function read(text: string, chunk = text.length + 1): Json[] {
  const reader = new JsonReader();
  const values: Json[] = [];
  const drain = (): void => {
    for (let value = reader.next(); value !== undefined; value = reader.next()) values.push(value);
  };
  for (let at = 0; at < text.length; at += chunk) {
    reader.push(text.slice(at, at + chunk));
    drain();
  }
  reader.end();
  drain();
  return values;
}

function anyJson(random: Random, depth: number): Json {
  const kind = random.below(depth > 3 ? 4 : 6);
  if (kind === 0) return random.below(1000) - 500;
  if (kind === 1)
    return random.pick(['', '}', '{"a":1}\n', '[', '\\"', 'x\ny', '12345678901234567890']);
  if (kind === 2) return null;
  if (kind === 3) return random.below(2) === 0;
  const items = Array.from({ length: random.below(4) }, () => anyJson(random, depth + 1));
  if (kind === 4) return items;
  return Object.fromEntries(items.map((item, i) => [`k${i}`, item]));
}

/** Ways to lay out an object; `null` stands for no value. */
const LAYOUTS = [
  (value: Json) => `${JSON.stringify(value)}\n`,
  (value: Json) => `${JSON.stringify(value, null, 2)}\n`,
  (value: Json) => `${JSON.stringify(value)} `,
  (value: Json) => ` ${JSON.stringify(value)} \r\n\n`,
];

describe('a JSON text', () => {
  it('gives the same values in whatever layout and chunks', () => {
    const random = randomStream('1', 'json-text');
    for (let i = 0; i < 1000; i++) {
      const values = Array.from({ length: 1 + random.below(5) }, () => ({ v: anyJson(random, 0) }));
      const text = values.map((value) => random.pick(LAYOUTS)(value)).join('');
      expect(read(text, 1 + random.below(40))).toEqual(values);
      expect(
        read(`[${values.map((value) => JSON.stringify(value, null, 1)).join(',\n')}\n]`),
      ).toEqual(values);
    }
  });

  it.each(['\n', ' \n', '', '\n{"a":1}\n'])(
    'refuses, with %j behind it, what becomes another number',
    (end) => {
      for (let pad = 0; pad < 40; pad++) {
        const before = `{"${'a'.repeat(pad)}":`;
        expect(read(`${before}9007199254740991}${end}`)[0]).toEqual({
          ['a'.repeat(pad)]: 2 ** 53 - 1,
        });
        expect(() => read(`${before}9007199254740993}${end}`)).toThrow(
          `column ${before.length + 1}`,
        );
        // Digits in a text are no number.
        expect(read(`${before}"90071992547409930"}${end}`)).not.toEqual([]);
      }
    },
  );

  it.each(['\n', ''])('refuses, with %j behind it, what is nested too deep', (end) => {
    const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}${end}`;
    expect(read(nested(200))).toHaveLength(1);
    expect(() => read(nested(201))).toThrow('values are nested deeper than 200');
    // Many brackets need not be deep.
    expect(read(`{"a":[${Array(500).fill('{}').join(',')}]}${end}`)).toHaveLength(1);
  });

  it('names the place of what is wrong in a line that looks whole', () => {
    expect(() => read('{"a":1}\n{"a" 1}\n')).toThrow('line 2, column 6');
    expect(() => read('{"a":1}\n{"a":[1}\n')).toThrow('line 2, column 8');
  });
});
