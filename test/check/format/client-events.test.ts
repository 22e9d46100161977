// Events of Jepsen histories in EDN and JSON: both say the same, and errors name their place.

import { describe, expect, it } from 'vitest';
import {
  type ClientEvent,
  ClientEventReader,
  type EventSyntax,
  parseClientEvents,
} from '../../../src/check/format/client-events.js';
import { formatDatum } from '../../../src/check/format/datum.js';

const EDN = `; a history
[{:process 0, :type :invoke, :f :cas, :value [1 2], :index 0}
 {:process :nemesis, :type :info, :f :start, :value nil, :index 1}
 #jepsen.history.Op{:process 0, :type :ok, :f :cas, :value [1 2], :index 2}
]`;
const JSON_ARRAY = `[{"process":0,"type":"invoke","f":"cas","value":[1,2],"index":0},
{"process":"nemesis","type":"info","f":"start","value":null,"index":1},
 {"process":0,"type":"ok","f":"cas","value":[1,2],"index":2}]`;
const JSON_LINES = JSON_ARRAY.slice(1, -1).replace(/,\n/g, '\n');

function summary({ type, process, f, value, index, line, column }: ClientEvent): string {
  return `${line}:${column} ${index} ${type} ${process} ${f} ${formatDatum(value)}`;
}

function inChunks(text: string, syntax: EventSyntax, size: number): string[] {
  const reader = new ClientEventReader(syntax);
  const out: string[] = [];
  const drain = (): void => {
    for (let event = reader.next(); event !== undefined; event = reader.next()) {
      out.push(summary(event));
    }
  };
  for (let at = 0; at < text.length; at += size) {
    reader.push(text.slice(at, at + size));
    drain();
  }
  reader.end();
  drain();
  return out;
}

describe('events of clients', () => {
  it.each([
    ['edn', EDN, ['2:2 0 invoke 0 cas [1 2]', '4:2 2 ok 0 cas [1 2]']],
    [
      'edn',
      EDN.replace(/[[\]]\n?$|^\[/gm, ' '),
      ['2:2 0 invoke 0 cas [1 2]', '4:2 2 ok 0 cas [1 2]'],
    ],
    ['json', JSON_ARRAY, ['1:2 0 invoke 0 cas [1 2]', '3:2 2 ok 0 cas [1 2]']],
    ['json', JSON_LINES, ['1:1 0 invoke 0 cas [1 2]', '3:2 2 ok 0 cas [1 2]']],
    ['json', '[]', []],
    ['json', ' {"type":"ok"}', ['1:2 null ok null null nil']],
    ['json', '{"type":"ok","value":"a\\\\\\"]}"}', ['1:1 null ok null null "a\\\\\\"]}"']],
    ['edn', '', []],
  ] as const)('in %s, however they are cut: %j', (syntax, text, expected) => {
    expect(parseClientEvents(text, syntax).map(summary)).toEqual(expected);
    for (let size = 1; size <= Math.min(text.length, 60); size++) {
      expect(inChunks(text, syntax, size)).toEqual(expected);
    }
  });

  it.each([
    ['edn', '[1]', 'line 1, column 2: expected a map with process, type, f and value, but found 1'],
    ['edn', '{:process 1}', 'expected a type, one of invoke, ok, fail, info, but there is none'],
    [
      'edn',
      '\n {:type :okay}',
      'line 2, column 2: expected a type, one of invoke, ok, fail, info, but found :okay',
    ],
    ['edn', '{:type :ok, :process -1}', 'expected a process number, but found -1'],
    ['edn', '{:type :ok, :index 1.5}', 'expected an index, a whole number, but found 1.5'],
    ['json', '{"type":"ok",\n"value":[1,]}', 'line 2, column 12: expected a value, but found "]"'],
    ['json', '{"type":"ok"', 'column 13: expected , or }, but the text ends'],
    ['json', '{"type" "ok"}', 'column 9: expected :, but found "\\""'],
    ['json', '{type:"ok"}', 'column 2: expected a name in double quotes, but found "t"'],
    [
      'json',
      '[{"type":"ok"}',
      'column 15: expected ] for the [ of line 1, column 1, but the text ends',
    ],
    ['json', '[{"type":"ok"} {"type":"ok"}]', 'column 16: expected , or ]'],
    ['json', '[{"type":"ok"}] 1', 'column 17: expected the end of the text'],
    ['json', '{"type":"ok","value":9007199254740993}', 'column 22: expected an integer below 2^53'],
    ['json', '{"type":"ok","value":"a\nb"}', 'line 1, column 24: this cannot stand in a string'],
    ['json', '{"type":"ok', 'column 9: expected a closing quote for this one, but the text ends'],
    ['json', '['.repeat(300), 'nested deeper than 200'],
    ['json', 'nul', 'expected a value, but found "n"'],
  ] as const)('in %s refuse %j', (syntax, text, message) => {
    expect(() => parseClientEvents(text, syntax)).toThrow(message);
    expect(() => inChunks(text, syntax, 5)).toThrow(message);
  });
});
