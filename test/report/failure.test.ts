// The failure file: what is written is read back, and what is not whole is refused.

import { describe, expect, test } from 'vitest';
import { type Failure, formatFailure, parseFailure } from '../../src/report/failure.js';
import { UsageError } from '../../src/scenario/usage-error.js';
import { engine, failure } from './fake-failure.js';

function refusal(text: string): string {
  try {
    parseFailure(text, 'f.json', '0.1.0');
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('a failure file', () => {
  const text = formatFailure(failure());

  test('is read back as it was written', () => {
    expect(parseFailure(text, 'f.json', '0.1.0')).toEqual(failure());
  });

  test('may be indented otherwise', () => {
    const compact = JSON.stringify(JSON.parse(text));
    expect(parseFailure(compact, 'f.json', '0.1.0')).toEqual(failure());
  });

  test('holds a plan that runs to the same hash', () => {
    const { original } = parseFailure(text, 'f.json', '0.1.0');
    expect(engine.runPlan(original.plan).traceHash).toBe(original.result.traceHash);
  });

  test('any other character in a value is noticed', () => {
    const digits = [...text.matchAll(/\d/g)].map((match) => match.index);
    const step = Math.floor(digits.length / 200);
    let changed = 0;
    for (let i = 0; i < digits.length; i += step) {
      const at = digits[i]!;
      const other = text[at] === '1' ? '2' : '1';
      expect(refusal(text.slice(0, at) + other + text.slice(at + 1))).not.toBe('accepted');
      changed += 1;
    }
    expect(changed).toBeGreaterThan(100);
  });

  test('a file cut off is damaged at its end', () => {
    const lines = text.slice(0, 1000).split('\n').length;
    expect(refusal(text.slice(0, 1000))).toMatch(
      new RegExp(`^f\\.json:${lines}:\\d+: damaged: not JSON from here on; get an unchanged copy`),
    );
  });

  test('garbage in the middle is located', () => {
    const garbled = text.replace('"members": 3', '"members": ###');
    const line = garbled.split('\n').findIndex((one) => one.includes('###')) + 1;
    expect(refusal(garbled)).toMatch(new RegExp(`^f\\.json:${line}:\\d+: damaged`));
  });

  test('an edited file names both checksums', () => {
    expect(refusal(text.replace('"runs": 7', '"runs": 8'))).toMatch(
      /^f\.json: damaged: its content has checksum [0-9a-f]{8}, its checksum field says "[0-9a-f]{8}"; /,
    );
  });

  test('another format is told from damage, with the version to use', () => {
    expect(refusal('{"format": 2, "simquake": "3.4.5", "news": []}')).toBe(
      'f.json: failure format 2, but simquake 0.1.0 reads format 1; ' +
        'replay it with that one: npx simquake@3.4.5 replay',
    );
  });

  test('another version is refused, with the version to use', () => {
    expect(refusal(formatFailure({ ...failure(), simquake: '0.0.9' }))).toBe(
      'f.json: written by simquake 0.0.9, this is 0.1.0; ' +
        'replay it with that one: npx simquake@0.0.9 replay',
    );
  });

  test('a field that has no place in it is refused, though the checksum fits', () => {
    const extra = { ...failure(), note: 'x' } as Failure;
    expect(refusal(formatFailure(extra))).toContain('Unrecognized key: "note"');
  });

  test.each(['{}', '[]', '7', 'null', '{"name": "simquake"}'])('%s is none', (other) => {
    expect(refusal(other)).toContain('not a failure file; give a failure.json');
  });
});
