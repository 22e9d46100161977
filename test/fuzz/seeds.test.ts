// Reading seeds and ranges of seeds from a command line.

import { describe, expect, test } from 'vitest';
import { firstSeeds, parseSeed, parseSeeds, type SeedList } from '../../src/fuzz/seeds.js';

function all(seeds: SeedList): string[] {
  return Array.from({ length: seeds.count }, (_, i) => seeds.at(i));
}

describe('a seed', () => {
  test('stays the text it was', () => {
    for (const text of ['0', '007', '12345678901234567890', 'b57e4d5'.padEnd(40, '0')]) {
      expect(parseSeed(text)).toBe(text);
    }
  });

  test.each([
    ['12x', ''],
    ['1e3', ''],
    ['-1', ''],
    ['', ''],
    ['123456789012345678901', ''],
    ['1_000', 'did you mean 1000? '],
    ['#7', 'did you mean 7? '],
    ['seed=7', 'did you mean 7? '],
    [' 7', 'did you mean 7? '],
    ['1..20', 'did you mean --seeds 1..20? '],
    ['B57E4D5'.padEnd(40, '0'), `did you mean ${'b57e4d5'.padEnd(40, '0')}? `],
    ['b57e4d5', 'did you mean the whole commit (git rev-parse b57e4d5)? '],
  ])('%j is refused, with a guess if there is one', (text, guess) => {
    expect(() => parseSeed(text)).toThrow(
      `not a seed; ${guess}a seed is a decimal number of at most 20 digits, or a git commit`,
    );
  });
});

describe('a list of seeds', () => {
  test('N means 1 to N', () => {
    expect(all(parseSeeds('3'))).toEqual(['1', '2', '3']);
    expect(all(firstSeeds(2))).toEqual(['1', '2']);
  });

  test('A..B has both ends and is exact beyond 2^53', () => {
    expect(all(parseSeeds('9007199254740991..9007199254740994'))).toEqual([
      '9007199254740991',
      '9007199254740992',
      '9007199254740993',
      '9007199254740994',
    ]);
    expect(all(parseSeeds('7..7'))).toEqual(['7']);
  });

  test('a long list costs nothing until it is used', () => {
    const seeds = parseSeeds('1000000000');
    expect(seeds.count).toBe(1_000_000_000);
    expect(seeds.at(999_999_999)).toBe('1000000000');
  });

  test.each([
    ['0', 'there is no seed in it; give at least one seed'],
    ['5..2', 'there is no seed in it; give the smaller end first: 2..5'],
    ['1-20', 'did you mean 1..20? '],
    ['1...20', 'did you mean 1..20? '],
    ['many', 'neither a count nor a range; give a number N'],
    ['1000000001', 'too many'],
    ['0..99999999999999999999', 'too many'],
  ])('%j is refused with a remedy', (text, message) => {
    expect(() => parseSeeds(text)).toThrow(message);
  });
});
