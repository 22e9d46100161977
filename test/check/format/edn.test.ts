// The reader of EDN: what it makes of each kind of value, of text in pieces, and of text that is wrong.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Datum,
  DatumMap,
  DatumSet,
  formatDatum,
  Keyword,
  Tagged,
  Word,
} from '../../../src/check/format/datum.js';
import { EdnReader, parseEdn } from '../../../src/check/format/edn.js';

function inChunks(text: string, size: number): Datum[] {
  const reader = new EdnReader({ spread: true });
  const values: Datum[] = [];
  const drain = (): void => {
    for (let value = reader.next(); value !== undefined; value = reader.next()) values.push(value);
  };
  for (let at = 0; at < text.length; at += size) {
    reader.push(text.slice(at, at + size));
    drain();
  }
  reader.end();
  drain();
  return values;
}

describe('EDN', () => {
  it('has every kind of value', () => {
    const text = String.raw`nil true false 0 -7 +3 1.5 2e3 1M 12345678901234567890 7N ##Inf
      :a/b sym foo.bar/baz "a\n\"\u0041" \a \newline \( [1 [2]] (1 2) {:a 1, "b" {}} #{1 :x}
      #inst "1970" #jepsen.history.Op{:f :read} ; a comment
      #_ {:not "here"} #_#_ 1 2 3`;
    expect(parseEdn(text)).toEqual([
      ...[null, true, false, 0, -7, 3, 1.5, 2000, 1, 12345678901234567890n, 7, Infinity],
      ...[new Keyword('a/b'), new Word('sym'), new Word('foo.bar/baz'), 'a\n"A', 'a', '\n', '('],
      ...[
        [1, [2]],
        [1, 2],
      ],
      new DatumMap([new Keyword('a'), 'b'], [1, new DatumMap([], [])]),
      new DatumSet([1, new Keyword('x')]),
      new Tagged('inst', '1970'),
      new Tagged('jepsen.history.Op', new DatumMap([new Keyword('f')], [new Keyword('read')])),
      3,
    ]);
  });

  it.each([
    ['[1 2\n 3]', '1 2 3'],
    ['; first\n({:a 1}\n{:a 2} ; between\n) ; last', '{:a 1} {:a 2}'],
    ['{:a 1}\n{:a 2}', '{:a 1} {:a 2}'],
    ['[]', ''],
    ['', ''],
    ['  ; nothing', ''],
    ['[[1] [2]]', '[1] [2]'],
    ['{:a "x;\\"y"}, 12 #_3 4 :k', '{:a "x;\\"y"} 12 4 :k'],
  ])('reads %j as its elements, however it is cut', (text, expected) => {
    for (let size = 1; size <= text.length; size++) {
      const values = inChunks(text, size);
      expect(formatDatum(values)).toBe(formatDatum(parseEdn(expected)));
    }
  });

  it('reads what it writes', () => {
    const name = fc.constantFrom('a', 'x/y', 'ok?', 'type', '<=');
    const { value } = fc.letrec<{ value: Datum }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<Datum>(null, true, false, 0, -1, 2 ** 40, 1.25, 2n ** 70n),
        fc.string({ unit: 'binary' }),
        name.map((text) => new Keyword(text)),
        fc.array(tie('value') as fc.Arbitrary<Datum>, { maxLength: 4 }),
        fc
          .array(tie('value') as fc.Arbitrary<Datum>, { maxLength: 3 })
          .map((all) => new DatumSet(all)),
        fc.uniqueArray(fc.integer(), { maxLength: 4 }).map(
          (keys) =>
            new DatumMap(
              keys,
              keys.map((key) => [key]),
            ),
        ),
        (tie('value') as fc.Arbitrary<Datum>).map((inner) => new Tagged('t', inner)),
      ),
    }));
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        (all, size) => {
          const text = all.map(formatDatum).join(' ');
          expect(formatDatum(parseEdn(text))).toBe(formatDatum(all));
          expect(formatDatum(inChunks(`[${text}]`, size))).toBe(formatDatum(all));
        },
      ),
      { numRuns: 500, seed: 7 },
    );
  });

  it.each([
    ['[', 'line 1, column 2: expected ] for the [ of line 1, column 1, but the text ends'],
    ['[1\n(2 3]', 'line 2, column 5: expected a value, but found ]'],
    ['{:a 1\n', 'line 2, column 1: expected } for the { of line 1, column 1, but the text ends'],
    ['{:a', 'line 1, column 4: expected the value of this key, but the text ends'],
    ['{:a}', 'line 1, column 4: expected the value of the last key'],
    ['{:a 1\n :a 2}', 'line 2, column 2: this key is in the map already'],
    ['}', 'line 1, column 1: expected a value, but found }'],
    ['[1] 2', 'line 1, column 5: expected the end of the text'],
    ['\n "abc', 'line 2, column 2: expected a closing quote for this one, but the text ends'],
    ['"a\\q"', 'line 1, column 3: expected one of t, r, n, b, f, u, " and \\ after \\'],
    ['"\\u12g4"', 'column 2: expected four hexadecimal digits after \\u'],
    ['\\foo', 'no character is called \\foo'],
    ['1x', '1x is not a number'],
    ['01', '01 is not a number'],
    ['1/2', '1/2 is not a number'],
    [':', 'expected a name after the colon'],
    ['#', 'expected {, _ or a tag after #'],
    ['#_', 'expected a value after #_, but the text ends'],
    ['#inst', 'expected a value after #inst, but the text ends'],
    ['@x', 'expected a value, but found "@x"'],
    ['\u0000\u0001', 'line 1, column 1: expected a value, but found'],
    ['['.repeat(300), 'values are nested deeper than 200'],
  ])('refuses %j', (text, message) => {
    expect(() => parseEdn(text, { spread: true })).toThrow(message);
    expect(() => inChunks(text, 3)).toThrow(message);
  });
});
