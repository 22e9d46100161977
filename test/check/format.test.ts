// The text formats of public histories: what they mean, and where an error is.

import { describe, expect, it } from 'vitest';
import { parseJepsenRegisterLog } from '../../src/check/format/jepsen-register-log.js';
import { parsePorcupineKv } from '../../src/check/format/porcupine-kv.js';

const jepsen = (...events: string[]): string =>
  events.map((event) => `INFO  jepsen.util - ${event}\n`).join('');

describe('a Jepsen register log', () => {
  it('takes line numbers for times and keeps call order', () => {
    const log = jepsen(
      '0 :invoke :write 3',
      '1\t:invoke\t:read\tnil',
      '1 :ok :read nil',
      '0   :ok    :write  3',
    );
    expect(parseJepsenRegisterLog(log)).toEqual([
      {
        id: 0,
        client: 0,
        input: { kind: 'write', value: 3 },
        output: { kind: 'write' },
        callUs: 1,
        returnUs: 4,
        outcome: 'ok',
      },
      {
        id: 1,
        client: 1,
        input: { kind: 'read' },
        output: { kind: 'read', value: null },
        callUs: 2,
        returnUs: 3,
        outcome: 'ok',
      },
    ]);
  });

  it('tells a failed compare from a lost answer, a read without information and a missing end', () => {
    const log = jepsen(
      '0 :invoke :cas [1 2]',
      '0 :fail :cas [1 2]',
      '0 :invoke :cas [1 2]',
      '0 :info :cas :timed-out',
      '1 :invoke :read nil',
      '1 :fail :read :timed-out',
      '2 :invoke :write 1',
    );
    const seen = parseJepsenRegisterLog(log).map(({ outcome, output, returnUs }) => [
      outcome,
      output,
      returnUs,
    ]);
    expect(seen).toEqual([
      ['ok', { kind: 'cas', swapped: false }, 2],
      ['unknown', null, Infinity],
      ['fail', null, 6],
      ['unknown', null, Infinity],
    ]);
  });

  it.each([
    ['DEBUG', 'line 1, column 1: expected "INFO"'],
    [jepsen('x'), 'line 1, column 21: expected an integer'],
    [jepsen('0 :go'), 'line 1, column 23: expected one of :invoke, :ok, :fail, :info'],
    [
      jepsen('0 :invoke :write nil'),
      'expected the value to write, an integer below 2^53, but found nil',
    ],
    [jepsen('0 :invoke :cas [1 2'), 'line 1, column 40: expected "]"'],
    [jepsen('0 :invoke :write 12345678901234567890'), 'column 38: expected an integer below 2^53'],
    [jepsen('0 :invoke :write 1 2'), 'line 1, column 39: expected the end of the line'],
    [jepsen('0 :ok :write 1'), 'line 1, column 1: process 0 has not called anything'],
    [
      jepsen('0 :invoke :write 1', '0 :invoke :write 1'),
      'line 2, column 1: process 0 has not finished its last call',
    ],
    [
      jepsen('0 :invoke :write 1', '0 :ok :write 2'),
      'line 2, column 1: the return names other values than the call',
    ],
    [jepsen('0 :invoke :write 1', '0 :ok :read 2'), 'line 2, column 1: process 0 has called write'],
  ])('refuses %j', (text, message) => {
    expect(() => parseJepsenRegisterLog(text)).toThrow(message);
  });
});

describe("porcupine's key-value format", () => {
  it('reads gets, puts and appends', () => {
    const text = [
      '{:process 3, :type :invoke, :f :append, :key "k\\"", :value "x 1"}',
      '{:process 4, :type :invoke, :f :get, :key "k\\"", :value nil}',
      '{:process 4, :type :ok, :f :get, :key "k\\"", :value "x \\\\"}',
      '{:process 3, :type :ok, :f :append, :key "k\\"", :value "x 1"}',
    ].join('\n');
    expect(parsePorcupineKv(text)).toEqual([
      {
        id: 0,
        client: 3,
        input: { kind: 'append', key: 'k"', value: 'x 1' },
        output: { value: null },
        callUs: 1,
        returnUs: 4,
        outcome: 'ok',
      },
      {
        id: 1,
        client: 4,
        input: { kind: 'get', key: 'k"' },
        output: { value: 'x \\' },
        callUs: 2,
        returnUs: 3,
        outcome: 'ok',
      },
    ]);
  });

  it.each([
    ['{:process 3, :type :fail', 'line 1, column 25: expected } for the { of line 1, column 1'],
    [
      '\n{:process 3, :type :invoke, :f :get, :key "0',
      'line 2, column 43: expected a closing quote',
    ],
    [
      '{:process 3, :type :invoke, :f :get, :key "0", :value "1"}',
      'a call of get has the value nil',
    ],
    [
      '{:process 3, :type :invoke, :f :put, :key "0", :value nil}',
      'expected the value to write in quotes, but found nil',
    ],
    [
      '{:process 3, :type :invoke, :f :put, :key "0", :value "a"',
      'column 58: expected } for the {',
    ],
    ['{:process 3, :type :ok, :f :put, :key "0", :value "a"}', 'process 3 has not called anything'],
  ])('refuses %j', (text, message) => {
    expect(() => parsePorcupineKv(text)).toThrow(message);
  });
});
