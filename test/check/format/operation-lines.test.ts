// simquake's own format: a line that leaves nothing out is taken without its schema, and nobody can tell.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/base/random.js';
import type { Json } from '../../../src/check/format/json.js';
import { formatOperations, OperationLines } from '../../../src/check/format/operation-lines.js';
import {
  isCompleteEtcdRequest,
  isCompleteEtcdResult,
} from '../../../src/check/format/schema/etcd-complete.js';
import { etcdSchema } from '../../../src/check/format/schema/etcd-schema.js';
import type { EtcdOperation } from '../../../src/check/linearizability/objects/etcd.js';
import { FLAWS, flawedEtcdHistory } from '../flawed-etcd.js';

type Tree = { [name: string]: unknown };

const SCHEMA_ALONE = { input: etcdSchema.input, output: etcdSchema.output };
const PLACE = { line: 1, column: 1 };
const REPLACEMENTS: readonly unknown[] = [
  ...[null, true, -1, 1.5, 2 ** 53, Infinity, 'x', ''],
  ...[[], {}, [null], { kind: 'empty' }, { kind: 'lease', revision: 1 }],
];

const histories = FLAWS.map((flaw) =>
  flawedEtcdHistory(
    {
      ...{ operations: 60, flaw, keys: 3, lastsUs: 20, spanUs: 200, leases: true },
      ...{ unknownPercent: 10, flawPercent: 20 },
    },
    randomStream(flaw, 'operation-lines'),
  ),
);

function linesOf(history: readonly EtcdOperation[]): string[] {
  return formatOperations('etcd', history).trim().split('\n').slice(1);
}

function read(line: Json, schema: typeof SCHEMA_ALONE): unknown {
  const lines = new OperationLines(schema);
  try {
    return lines.read(line, PLACE);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Every way to spoil one place of a line, each in a line of its own. */
function* spoiled(line: string): Generator<Json> {
  for (const path of pathsOf(JSON.parse(line))) {
    for (const replacement of REPLACEMENTS) {
      yield edited(line, path, (owner, name) => {
        owner[name] = replacement;
      });
    }
    yield edited(line, path, (owner, name) => {
      if (Array.isArray(owner)) owner.pop();
      else delete owner[name];
    });
    for (const extra of ['extra', '__proto__']) {
      yield edited(line, path, (owner, name) => {
        // Lists of JSON have neither names nor holes.
        if (Array.isArray(owner)) return;
        Object.defineProperty(owner, extra, { value: owner[name], enumerable: true });
        if (extra === 'extra') delete owner[name];
      });
    }
  }
}

function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([name, item]) => pathsOf(item, [...path, name]));
  return path.length === 0 ? inner : [path, ...inner];
}

function edited(
  line: string,
  path: readonly string[],
  edit: (owner: Tree, name: string) => void,
): Json {
  const root = JSON.parse(line) as Tree;
  let owner = root;
  for (const name of path.slice(0, -1)) owner = owner[name] as Tree;
  edit(owner, path.at(-1)!);
  return root as Json;
}

describe('a line of the etcd model', () => {
  it('is complete as the writer writes it, but for leases', () => {
    const kinds = new Set<string>();
    for (const { input, output } of histories.flat()) {
      const lease = input.kind.startsWith('lease-');
      expect(isCompleteEtcdRequest(input as unknown as Json)).toBe(!lease);
      if (output === null) continue;
      expect(isCompleteEtcdResult(output as unknown as Json)).toBe(true);
      kinds.add(output.ok ? output.response.kind : 'error');
    }
    const all = ['compaction', 'delete-range', 'error', 'lease', 'put', 'range', 'txn'];
    expect([...kinds].sort()).toEqual(all);
  });

  it('reads the same, or fails with the same words, whether or not the schema is asked', () => {
    let spoiledCount = 0;
    let refused = 0;
    for (const line of histories.flatMap((history) => linesOf(history).slice(0, 4))) {
      const whole = JSON.parse(line) as Json;
      expect(read(whole, etcdSchema)).toEqual(read(whole, SCHEMA_ALONE));
      for (const bad of spoiled(line)) {
        const result = read(bad, etcdSchema);
        expect(result, JSON.stringify(bad)).toEqual(read(bad, SCHEMA_ALONE));
        spoiledCount++;
        if (typeof result === 'string') refused++;
      }
    }
    expect(spoiledCount).toBeGreaterThan(5_000);
    expect(refused).toBeGreaterThan(spoiledCount / 2);
    expect(refused).toBeLessThan(spoiledCount);
  });
});
