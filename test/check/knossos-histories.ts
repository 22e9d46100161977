// Knossos's histories as operations of our models. Its rules: registers start at 0, an answer of nil says
// nothing, `:fail` did not happen, `:info` may yet happen.

import { readdirSync, readFileSync } from 'node:fs';
import { type ClientEvent, parseClientEvents } from '../../src/check/format/client-events.js';
import type { Datum } from '../../src/check/format/datum.js';
import { nameOf } from '../../src/check/format/datum.js';
import { EventPairs } from '../../src/check/format/event-pairs.js';
import type { Operation } from '../../src/check/history.js';
import type {
  MultiRegisterInput,
  MultiRegisterOutput,
} from '../../src/check/linearizability/objects/multi-register.js';
import type { MutexInput, MutexOutput } from '../../src/check/linearizability/objects/mutex.js';
import type {
  RegisterInput,
  RegisterOutput,
} from '../../src/check/linearizability/objects/register.js';

const DIRECTORY = 'test/data/histories/knossos';

export interface KnossosFile {
  readonly path: string;
  readonly expected: 'ok' | 'violation';
}

/** `set` is cas-register, multi-register or mutex; the folder of a file is its verdict. */
export function knossosFiles(set: string): KnossosFile[] {
  return (['good', 'bad'] as const).flatMap((folder) => {
    const directory = `${DIRECTORY}/${set}/${folder}`;
    const names = readdirSync(`${DIRECTORY}/${set}`).includes(folder) ? readdirSync(directory) : [];
    return names.map((name) => ({
      path: `${directory}/${name}`,
      expected: folder === 'good' ? ('ok' as const) : ('violation' as const),
    }));
  });
}

export function knossosRegister(path: string): Operation<RegisterInput, RegisterOutput>[] {
  return operationsOf<RegisterInput, RegisterOutput>(
    path,
    ({ f, value }) => {
      if (f === 'read') return { kind: 'read' };
      if (f === 'write') return { kind: 'write', value: value as number };
      const [from, to] = value as [number, number];
      return { kind: 'cas', from, to };
    },
    ({ f, value }) => {
      if (f === 'read') return value === null ? null : { kind: 'read', value: value as number };
      return f === 'write' ? { kind: 'write' } : { kind: 'cas', swapped: true };
    },
  );
}

export function knossosMutex(path: string): Operation<MutexInput, MutexOutput>[] {
  return operationsOf<MutexInput, MutexOutput>(
    path,
    ({ f }) => ({ kind: f === 'acquire' ? 'acquire' : 'release' }),
    () => ({ granted: true }),
  );
}

export function knossosMultiRegister(
  path: string,
): Operation<MultiRegisterInput, MultiRegisterOutput>[] {
  return operationsOf<MultiRegisterInput, MultiRegisterOutput>(
    path,
    ({ value }) => ({
      accesses: (value as Datum[][]).map(([kind, key, written]) => ({
        kind: nameOf(kind) as 'read' | 'write',
        key: nameOf(key)!,
        value: nameOf(kind) === 'write' ? (written as number) : null,
      })),
    }),
    ({ value }) => ({
      values: (value as Datum[][]).map(([kind, , seen]) =>
        nameOf(kind) === 'write' || seen === null ? undefined : (seen as number),
      ),
    }),
  );
}

function operationsOf<I, O>(
  path: string,
  inputOf: (event: ClientEvent) => I,
  outputOf: (event: ClientEvent) => O | null,
): Operation<I, O>[] {
  const pairs = new EventPairs<I, O>();
  const events = parseClientEvents(readFileSync(path, 'utf8'), 'edn');
  for (let at = 0; at < events.length; at++) {
    const event = events[at]!;
    const { process, type } = event;
    if (process === null) continue;
    if (type === 'invoke') pairs.call(process, inputOf(event), at);
    else if (pairs.pending(process) !== undefined) {
      const outcome = type === 'info' ? 'unknown' : type;
      pairs.end(process, outcome, type === 'ok' ? outputOf(event) : null, at);
    }
  }
  return pairs.finish();
}
