// The key-value histories of porcupine's test data: one event a line, as
// `{:process 0, :type :invoke, :f :append, :key "0", :value "x"}`. Nothing in them fails.

import type { Operation } from '../history.js';
import type { KvInput, KvOutput } from '../linearizability/models/kv-model.js';
import { EventPairs } from './event-pairs.js';
import { LineScanner } from './line-scanner.js';

const TYPES = [':invoke', ':ok'] as const;
const FUNCTIONS = [':get', ':put', ':append'] as const;

/** Throws FormatError on a line that is not in the format. The line number is the time. */
export function parsePorcupineKv(text: string): Operation<KvInput, KvOutput>[] {
  const pairs = new EventPairs<KvInput, KvOutput>();
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.trim() !== '') parseLine(new LineScanner(line.trimEnd(), i + 1), pairs);
  }
  return pairs.finish();
}

function parseLine(scan: LineScanner, pairs: EventPairs<KvInput, KvOutput>): void {
  scan.expect('{:process ');
  const process = scan.integer();
  scan.expect(', :type ');
  const type = scan.word(TYPES);
  scan.expect(', :f ');
  const name = scan.word(FUNCTIONS);
  scan.expect(', :key ');
  const key = scan.quoted();
  scan.expect(', :value ');
  const value = scan.accept('nil') ? null : scan.quoted();
  const call = pairs.pending(process);
  if (type === ':invoke') {
    if (call !== undefined) scan.fail(`process ${process} has not finished its last call`);
    pairs.call(process, toInput(scan, name, key, value), scan.line);
  } else {
    if (call === undefined) scan.fail(`process ${process} has not called anything`);
    if (`:${call.kind}` !== name || call.key !== key) {
      scan.fail(`process ${process} has called ${call.kind} of key ${JSON.stringify(call.key)}`);
    }
    if (call.kind !== 'get' && call.value !== value) {
      scan.fail('the return names another value than the call');
    }
    if (call.kind === 'get' && value === null) scan.fail('expected the value that was read');
    const output: KvOutput = { value: call.kind === 'get' ? value : null };
    pairs.end(process, 'ok', output, scan.line);
  }
  scan.expect('}');
  scan.expectEnd();
}

function toInput(
  scan: LineScanner,
  name: (typeof FUNCTIONS)[number],
  key: string,
  value: string | null,
): KvInput {
  if (name === ':get') {
    if (value !== null) scan.fail('a call of get has the value nil');
    return { kind: 'get', key };
  }
  if (value === null) return scan.fail('expected a value in quotes');
  return { kind: name === ':put' ? 'put' : 'append', key, value };
}
