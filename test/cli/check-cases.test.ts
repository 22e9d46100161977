// `simquake check` on files that hold cases: DBCop's and PolySI's transactions in sessions, and etcd's
// robustness tests. Every case gets its known verdict through the built command. Needs `npm run build`.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HistoryCheck } from '../../src/check/history-check.js';
import { project, REPOSITORY, simquake } from './project.js';

const DATA = join(REPOSITORY, 'test/data/histories');

interface Verdict {
  readonly model: string;
  readonly verdict: string;
  readonly steps: number;
  readonly ops: number;
  readonly core: readonly number[];
  readonly reason: string;
  readonly anomalies: readonly string[];
}
interface Line extends Verdict {
  readonly file: string;
  readonly cases?: readonly (Verdict & { readonly case: string })[];
}

async function check(...args: string[]) {
  const { code, stdout, stderr } = await simquake(DATA, 'check', '--json', ...args);
  const text = stdout.trim();
  const lines = text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Line);
  return { code, stderr, lines };
}

function known<T>(file: string): T[] {
  return JSON.parse(readFileSync(join(DATA, file), 'utf8')) as T[];
}

const LEVELS: Readonly<Record<string, string>> = {
  CommittedRead: 'read-committed',
  RepeatableRead: 'repeatable-read',
  AtomicRead: 'read-atomic',
  Causal: 'causal',
  Prefix: 'prefix',
  SnapshotIsolation: 'snapshot-isolation',
  Serializable: 'serializable',
};

interface SessionCase {
  readonly test: string;
  readonly expected: Readonly<Record<string, boolean>>;
}

describe('transactions in sessions', () => {
  test.each([
    ['dbcop/cases.json', 33, 45],
    ['polysi/test_cases.json', 8, 8],
  ])('%s: %i cases, %i verdicts', async (file, histories, verdicts) => {
    const cases = known<SessionCase>(file);
    expect(cases).toHaveLength(histories);
    const { code, lines, stderr } = await check(file);
    expect(stderr).toBe('');
    const found = lines[0]!.cases!.map((one) => `${one.case} ${one.model} ${one.verdict}`);
    expect(found).toEqual(
      cases.flatMap(({ test: name, expected }) =>
        Object.entries(expected).map(
          ([level, holds]) => `${name} ${LEVELS[level]} ${holds ? 'ok' : 'violation'}`,
        ),
      ),
    );
    expect(found).toHaveLength(verdicts);
    expect(lines.map(({ model, verdict }) => [model, verdict])).toEqual([
      ['rw-register', 'violation'],
    ]);
    for (const { verdict, core, reason } of lines[0]!.cases!) {
      expect([core.length > 0, reason !== '']).toEqual(Array(2).fill(verdict === 'violation'));
    }
    expect(code).toBe(1);
  });

  test('one level is asked of every case', () => {
    const text = readFileSync(join(DATA, 'dbcop/cases.json'), 'utf8');
    const cases = JSON.parse(text) as SessionCase[];
    for (const [name, level] of Object.entries(LEVELS)) {
      const history = new HistoryCheck({ level });
      history.push(text);
      const checked = history.finish();
      if ('again' in checked) expect.fail('it was read as a whole');
      const { cases: found = [] } = checked;
      expect(found).toHaveLength(33);
      for (const [at, { test: id, expected }] of cases.entries()) {
        const one = found[at]!;
        expect([one.name, one.judgement.model, one.refuted]).toEqual([id, level, null]);
        if (!(name in expected)) continue;
        expect(one.judgement.verdict).toBe(expected[name] === true ? 'ok' : 'violation');
      }
    }
  });

  test("PolySI's two real histories violate snapshot isolation, by default", async () => {
    const files = ['galera', 'yugabyte'].map((name) => `polysi/violations/${name}/${name}.txt`);
    const { code, lines, stderr } = await check(...files);
    expect(stderr).toBe('');
    expect(lines.map(({ model, verdict, ops, cases }) => [model, verdict, ops, cases])).toEqual([
      ['rw-register', 'violation', 7, undefined],
      ['rw-register', 'violation', 20, undefined],
    ]);
    for (const { core, reason } of lines) {
      expect(core.length).toBeGreaterThan(0);
      expect(reason).toMatch(/T\d+ read|snapshot-isolation/);
    }
    expect(code).toBe(1);
    const weaker = await check(files[0]!, '--level', 'read-committed');
    expect(weaker.lines[0]!.verdict).toBe('ok');
    expect(weaker.code).toBe(0);
  });

  test('a history of no case is judged for serializability by default', async () => {
    const transaction = (...ops: (string | number)[][]) => [{ committed: true, ops }];
    const skew = {
      sessions: [
        transaction(['w', 'x', 1], ['w', 'y', 1]),
        transaction(['r', 'x', 1], ['w', 'y', 2]),
        transaction(['r', 'y', 1], ['w', 'x', 2]),
      ],
    };
    const cwd = project({ 'skew.json': JSON.stringify(skew, null, 2) });
    const run = (...args: string[]) => simquake(cwd, 'check', '--json', 'skew.json', ...args);
    const strong = await run();
    expect(strong.code, strong.stderr).toBe(1);
    expect(JSON.parse(strong.stdout)).toMatchObject({ verdict: 'violation', core: [1, 2, 3] });
    const weak = await run('--level', 'snapshot-isolation');
    expect(weak.code).toBe(0);
    const real = await run('--level', 'strict-serializable');
    expect(real.stderr).toMatch(
      /^error: skew.json: line 1, column 1: histories in sessions have no times/,
    );
    expect(real.code).toBe(2);
  });
});

interface Step {
  readonly legal: boolean;
}

describe("etcd's robustness tests", () => {
  const folder = 'etcd-robustness';

  test.each([
    ['model_deterministic.json', 14, 94],
    ['model_nondeterministic_extra.json', 12, 71],
  ])('%s: %i cases; the steps refused are those that must be', async (name, count, steps) => {
    const cases = known<{ name: string; operations: Step[] }>(`${folder}/${name}`);
    const { code, lines, stderr } = await check(`${folder}/${name}`);
    expect(stderr).toBe('');
    const found = lines[0]!.cases!;
    expect(found.map((one) => [one.case, one.core, one.verdict])).toEqual(
      cases.map(({ name: id, operations }) => {
        const refused = operations.flatMap(({ legal }, at) => (legal ? [] : [at]));
        return [id, refused, refused.length > 0 ? 'violation' : 'ok'];
      }),
    );
    expect(found).toHaveLength(count);
    expect(lines[0]!.ops).toBe(steps);
    expect(code).toBe(1);
  });

  test('30 watches break the guarantee that they should', async () => {
    const file = `${folder}/validate_watch.json`;
    const cases = known<{ name: string; expectError: string }>(file);
    const { lines } = await check(file);
    const found = lines[0]!.cases!.map((one) => {
      const first = (one.anomalies[0] ?? '').replace('-', '');
      return [one.case, one.verdict, first];
    });
    expect(found).toEqual(
      cases.map(({ name, expectError }) => {
        const first = expectError.replace('errBroke', '').toLowerCase();
        return [name, first === '' ? 'ok' : 'violation', first];
      }),
    );
    expect(found).toHaveLength(30);
  });

  test.each([
    ['validate_serializable.json', 5],
    ['validate_all.json', 2],
  ])('%s: %i cases', async (name, count) => {
    const cases = known<{ name: string; expectError: string }>(`${folder}/${name}`);
    const { lines } = await check(`${folder}/${name}`);
    expect(lines[0]!.cases!.map((one) => [one.case, one.verdict])).toEqual(
      cases.map(({ name: id, expectError }) => [id, expectError === '' ? 'ok' : 'violation']),
    );
    expect(lines[0]!.cases).toHaveLength(count);
  });

  test('21 histories are patched as they should be, and another expectation is a violation', async () => {
    const file = `${folder}/patch_history.json`;
    const { code, lines } = await check(file);
    expect(lines[0]!.cases!.map(({ verdict }) => verdict)).toEqual(Array(21).fill('ok'));
    expect(code).toBe(0);
    const cases = known<{ expectedRemainingOperations: { Return: number }[] }>(file);
    cases[0]!.expectedRemainingOperations[0]!.Return++;
    const none = { ...cases[1]!, expectedRemainingOperations: undefined };
    const cwd = project({ 'patch.json': JSON.stringify([cases[0], none]) });
    const changed = await simquake(cwd, 'check', '--json', 'patch.json');
    const line = JSON.parse(changed.stdout) as Line;
    expect(line.cases!.map(({ verdict }) => verdict)).toEqual(['violation', 'undecided']);
    expect(line.cases![0]!.reason).toBe(
      'of the history the log leaves one answered that returns at 200 as operation 0, but the case says one answered that returns at 201',
    );
    expect(changed.code).toBe(1);
  });

  test('a step that is made wrong is refused', async () => {
    const [first] = known<{ operations: { resp: { Revision?: number } }[] }>(
      `${folder}/model_deterministic.json`,
    );
    first!.operations[0]!.resp.Revision = 7;
    const cwd = project({ 'one.json': JSON.stringify([first]) });
    const { stdout } = await simquake(cwd, 'check', '--json', 'one.json');
    expect((JSON.parse(stdout) as Line).cases![0]!.core).toContain(0);
  });
});

describe('the command, on such files', () => {
  test('says in words what came of each case', async () => {
    const { stdout } = await simquake(DATA, 'check', 'etcd-robustness/validate_serializable.json');
    expect(stdout.replace(/[\d.]+ ms/, '0 ms')).toBe(
      `FAIL  etcd-robustness/validate_serializable.json  etcd violation  5 cases  14 ops  28 steps  0 ms
  ok    Success  etcd-reads ok
  FAIL  Invalid count  etcd-reads violation
        read 0 returned revision 0: range of 1 [], but at revision 1 the log gives revision 0: range of 0 []
  FAIL  Invalid revision  etcd-reads violation
        read 0 returned revision 0: range of 3 ["a"="1" (create 2, mod 2, version 1), "b"="2" (create 0, mod 3, version 1)], but at revision 2 the log gives revision 0: range of 1 ["a"="1" (create 2, mod 2, version 1)]
  ok    Future rev returned  etcd-reads ok
  ok    Future rev failure  etcd-reads ok
`,
    );
  });

  test('writes a page of one history, and says why there is none of several', async () => {
    const cwd = project({
      'galera.txt': readFileSync(join(DATA, 'polysi/violations/galera/galera.txt'), 'utf8'),
      'cases.json': readFileSync(join(DATA, 'polysi/test_cases.json'), 'utf8'),
    });
    const one = await simquake(cwd, 'check', 'galera.txt', '--html', 'galera.html');
    expect(one.code, one.stderr).toBe(1);
    expect(readFileSync(join(cwd, 'galera.html'), 'utf8')).toContain('snapshot-isolation');
    const several = await simquake(cwd, 'check', 'cases.json', '--html', 'cases.html');
    expect(several.stderr).toBe(
      'warning: cases.json: no page, since it holds 8 cases and a page shows one history\n',
    );
    expect(several.code).toBe(1);
  });

  test('names the place of what it cannot read, and what was expected there', async () => {
    const sessions = (op: string) =>
      `{"sessions": [[{"committed": true,\n  "ops": [["w", "x", 1], ${op}]}]]}`;
    const steps = (request: string, answer: string) =>
      `[{"name": "a",\n  "operations": [\n    {"req": ${request},\n     "resp": ${answer}}]}]`;
    const cases = [
      [
        'an operation',
        sessions('["u", "x", 2]'),
        'line 2, column 26: sessions.0.0.ops.1: expected ["w" or "r", variable, version]',
      ],
      [
        'a level',
        '[{"sessions": [],\n "expected": {"Causl": true}}]',
        'line 2, column 24: expected a level (CommittedRead, ',
      ],
      ['a line', 'w(1,2,3,4)\nr(1,2,3)\n', 'line 2, column 8: expected ","'],
      ['the end of a line', 'w(1,2,3,4) x', 'line 1, column 11: expected the end of the line'],
      [
        'a request',
        steps('{"Type": "put"}', '{}'),
        'line 3, column 22: operations.0.req.Type: invalid option: expected one of "range"|',
      ],
      [
        'what a request asks',
        steps('{"Type": "range"}', '{}'),
        'line 3, column 13: operations.0.req: expected Range, since it is a range',
      ],
      [
        'what was answered',
        steps('{"Type": "range", "Range": {"Start": "a"}}', '{}'),
        'line 4, column 14: operations.0.resp: expected Range or Error',
      ],
      [
        'a call',
        '[{"historyFunc": {"steps": [\n{"call": "AppendPut", "args": ["k", 1]}]}}]',
        'line 2, column 37: expected a text as argument 1',
      ],
      [
        'a missing field',
        '[{"name": "w", "watch": [{"client": 0}]}]',
        'line 1, column 26: watch.0.Responses: invalid input: expected array, received undefined, but there is nothing',
      ],
      [
        'another case',
        '[{"name": "w", "watch": []}, {"type": "ok"}]',
        "line 1, column 30: expected a case of etcd's robustness tests",
      ],
    ] as const;
    const cwd = project(Object.fromEntries(cases.map(([name, text]) => [name, text])));
    const { code, stderr } = await simquake(cwd, 'check', ...cases.map(([name]) => name));
    const messages = stderr.trimEnd().split('\n');
    expect(messages).toHaveLength(cases.length);
    for (const [i, [name, , message]] of cases.entries()) {
      const begins = `error: ${name}: ${message}`;
      expect(messages[i]!.slice(0, begins.length)).toBe(begins);
    }
    expect(code).toBe(2);
  });

  test.each([
    ['dbcop', 'dbcop/cases.json'],
    ['polysi', 'polysi/violations/galera/galera.txt'],
    ['etcd-robustness', 'etcd-robustness/validate_all.json'],
  ])('takes --format %s, and refuses another format and another model', async (format, file) => {
    const { lines } = await check(file, '--format', format);
    expect(lines[0]!.ops).toBeGreaterThan(0);
    const other = await check(file, '--model', 'queue');
    expect(other.stderr).toContain('expected one of the formats of queue (jsonl, edn, json)');
    expect(other.code).toBe(2);
  });
});
