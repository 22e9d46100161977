// Jepsen's console log of an etcd register test (2014), as porcupine's test data keep it:
// `INFO  jepsen.util - PROCESS TYPE F VALUE`, separated by spaces or tabs.
// `:info` is unknown for ever; a failed cas compared unequal, which is an answer; a failed read says nothing.

import type { Operation } from '../history.js';
import type { RegisterInput, RegisterOutput } from '../linearizability/models/register-model.js';
import { EventPairs } from './event-pairs.js';
import { LineScanner } from './line-scanner.js';

const TYPES = [':invoke', ':ok', ':fail', ':info'] as const;
const FUNCTIONS = [':read', ':write', ':cas'] as const;
type Name = (typeof FUNCTIONS)[number];

/** Throws FormatError on a line that is not in the format. The line number is the time. */
export function parseJepsenRegisterLog(text: string): Operation<RegisterInput, RegisterOutput>[] {
  const pairs = new EventPairs<RegisterInput, RegisterOutput>();
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.trim() !== '') parseLine(new LineScanner(line.trimEnd(), i + 1), pairs);
  }
  return pairs.finish();
}

function parseLine(scan: LineScanner, pairs: EventPairs<RegisterInput, RegisterOutput>): void {
  scan.expect('INFO');
  scan.gap();
  scan.expect('jepsen.util - ');
  const process = scan.integer();
  scan.gap();
  const type = scan.word(TYPES);
  scan.gap();
  const name = scan.word(FUNCTIONS);
  scan.gap();
  const call = pairs.pending(process);
  if (type === ':invoke') {
    if (call !== undefined) scan.fail(`process ${process} has not finished its last call`);
    pairs.call(process, parseInput(scan, name), scan.line);
    scan.expectEnd();
    return;
  }
  if (call === undefined) scan.fail(`process ${process} has not called anything`);
  if (`:${call.kind}` !== name) scan.fail(`process ${process} has called ${call.kind}`);
  if (type === ':info' || (type === ':fail' && name === ':read')) {
    scan.expect(':timed-out');
    pairs.end(process, type === ':info' ? 'unknown' : 'fail', null, scan.line);
  } else if (type === ':fail' && name === ':cas') {
    expectInput(scan, name, call);
    pairs.end(process, 'ok', { kind: 'cas', swapped: false }, scan.line);
  } else if (type === ':fail') {
    expectInput(scan, name, call);
    pairs.end(process, 'fail', null, scan.line);
  } else {
    pairs.end(process, 'ok', parseOutput(scan, name, call), scan.line);
  }
  scan.expectEnd();
}

function parseInput(scan: LineScanner, name: Name): RegisterInput {
  switch (name) {
    case ':read':
      scan.expect('nil');
      return { kind: 'read' };
    case ':write':
      return { kind: 'write', value: scan.integer() };
    case ':cas': {
      scan.expect('[');
      const from = scan.integer();
      scan.gap();
      const to = scan.integer();
      scan.expect(']');
      return { kind: 'cas', from, to };
    }
  }
}

function parseOutput(scan: LineScanner, name: Name, call: RegisterInput): RegisterOutput {
  if (name === ':read') return { kind: 'read', value: scan.accept('nil') ? null : scan.integer() };
  expectInput(scan, name, call);
  return name === ':write' ? { kind: 'write' } : { kind: 'cas', swapped: true };
}

/** A return repeats what was called. */
function expectInput(scan: LineScanner, name: Name, call: RegisterInput): void {
  const again = parseInput(scan, name);
  const same =
    (again.kind === 'write' && call.kind === 'write' && again.value === call.value) ||
    (again.kind === 'cas' &&
      call.kind === 'cas' &&
      again.from === call.from &&
      again.to === call.to);
  if (!same) scan.fail('the return names other values than the call');
}
