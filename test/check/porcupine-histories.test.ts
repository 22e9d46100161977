// Every history of porcupine's test data, with the verdict porcupine gives. etcd_095.log is not among
// the logs: its cluster did not start, so the log is empty and has no verdict.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseJepsenRegisterLog } from '../../src/check/format/jepsen-register-log.js';
import { parsePorcupineKv } from '../../src/check/format/porcupine-kv.js';
import type { Operation } from '../../src/check/history.js';
import type { Model } from '../../src/check/linearizability/model.js';
import { kvModel } from '../../src/check/linearizability/models/kv-model.js';
import { registerModel } from '../../src/check/linearizability/models/register-model.js';
import { replay } from '../../src/check/linearizability/replay.js';
import type { LinearizabilityResult } from '../../src/check/linearizability/result.js';
import { checkLinearizable } from '../../src/check/linearizability/search.js';

const DIRECTORY = 'test/data/histories/porcupine';

interface Item {
  readonly file: string;
  readonly model: 'etcd-cas-register' | 'kv-partitioned-by-key' | 'kv-no-partition';
  readonly expected: boolean;
  readonly ops: number;
  readonly pending_ops: number;
}

const items = JSON.parse(readFileSync(`${DIRECTORY}/expected.json`, 'utf8')) as Item[];

function judge<S, I, O>(history: Operation<I, O>[], model: Model<S, I, O>): LinearizabilityResult {
  const result = checkLinearizable(history, model);
  if (result.verdict === 'ok') expect(replay(history, model, result.orders)).toBeNull();
  return result;
}

function judgeItem({ file, model, ops, pending_ops }: Item): LinearizabilityResult {
  const text = readFileSync(`${DIRECTORY}/${file}`, 'utf8');
  if (model !== 'etcd-cas-register') {
    const history = parsePorcupineKv(text);
    expect(history).toHaveLength(ops);
    return judge(history, kvModel({ byKey: model === 'kv-partitioned-by-key', history }));
  }
  const history = parseJepsenRegisterLog(text);
  // Their count includes reads that timed out, which this parser marks as failed.
  expect(history.filter(({ outcome }) => outcome !== 'fail').length).toBeLessThanOrEqual(ops);
  expect(history.filter(({ outcome }) => outcome === 'unknown').length).toBeLessThanOrEqual(
    pending_ops,
  );
  return judge(history, registerModel());
}

describe("porcupine's histories", () => {
  it('get the known verdict, all 59 of them', () => {
    let judged = 0;
    let steps = 0;
    for (const item of items) {
      const result = judgeItem(item);
      const expected = item.expected ? 'ok' : 'violation';
      expect(`${item.file} ${item.model} ${result.verdict}`).toBe(
        `${item.file} ${item.model} ${expected}`,
      );
      judged++;
      if (item.model === 'etcd-cas-register') steps += result.steps;
    }
    expect(judged).toBe(59);
    expect(items.filter(({ expected }) => expected).length).toBeGreaterThan(10);
    // porcupine takes 3,301,715 steps for the same logs.
    expect(steps).toBeLessThan(100_000);
  });

  it('name the read that cannot be explained', () => {
    const text = readFileSync(`${DIRECTORY}/kv/c01-bad.txt`, 'utf8');
    const result = checkLinearizable(parsePorcupineKv(text), kvModel());
    if (result.verdict !== 'violation') expect.fail(result.verdict);
    expect(result.reason).toMatchInlineSnapshot(
      `"operation 27 of client 0 (append 7 "x 0 3 y", 55 to 56 us) had returned before operation 29 of client 0 (get 7 -> "x 0 0 y", 59 to 60 us) was called, but what was read puts them the other way round"`,
    );
  });
});
