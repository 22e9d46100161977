// `simquake check` through the built command: every set of histories with known verdicts, exit codes, the
// JSON it prints, and what it says of files it cannot read. Needs `npm run build`.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { formatOperations } from '../../src/check/format/operation-lines.js';
import type { Operation } from '../../src/check/history.js';
import { HistoryCheck } from '../../src/check/history-check.js';
import { judgeLinearizable } from '../../src/check/linearizability/judge.js';
import { etcdModel } from '../../src/check/linearizability/models/etcd-model.js';
import type { KvRequest, KvResult } from '../../src/etcdpb/kv.js';
import { putOf, rangeOf } from '../../src/etcdpb/kv.js';
import { project, REPOSITORY, simquake } from './project.js';

const DATA = join(REPOSITORY, 'test/data/histories');

interface Line {
  readonly file: string;
  readonly model: string | null;
  readonly verdict: string;
  readonly ms: number;
  readonly steps: number;
  readonly ops: number;
  readonly core: readonly number[];
  readonly reason: string;
  readonly anomalies: readonly string[];
}

async function check(...args: string[]) {
  const { code, stdout, stderr } = await simquake(DATA, 'check', '--json', ...args);
  const text = stdout.trim();
  const lines = text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Line);
  return { code, stderr, lines };
}

function filesIn(folder: string): string[] {
  return readdirSync(join(DATA, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:edn|json|jsonl|log|txt|gz)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function verdicts(lines: readonly Line[]): Record<string, string> {
  return Object.fromEntries(lines.map(({ file, verdict }) => [file, verdict]));
}

describe('every set of histories gets its known verdicts', () => {
  test("porcupine's 51 logs and 5 key-value files", async () => {
    const known = JSON.parse(readFileSync(join(DATA, 'porcupine/expected.json'), 'utf8')) as {
      file: string;
      expected: boolean;
    }[];
    const expected = Object.fromEntries(
      known.map(({ file, expected }) => [`porcupine/${file}`, expected ? 'ok' : 'violation']),
    );
    const { code, lines, stderr } = await check(...Object.keys(expected));
    expect(stderr).toBe('');
    expect(verdicts(lines)).toEqual(expected);
    expect(lines).toHaveLength(56);
    expect(code).toBe(1);
  });

  test("Knossos's 62, the folder being the verdict", async () => {
    const files = filesIn('knossos');
    const { code, lines, stderr } = await check(...files);
    const expected = files.map((file) => [file, file.includes('/good/') ? 'ok' : 'violation']);
    expect(verdicts(lines)).toEqual(Object.fromEntries(expected));
    expect(lines).toHaveLength(62);
    // The one file in which no client does anything is linearizable, and suspicious.
    expect(stderr).toMatch(/^warning: .*ack-rollback-\.edn: no client did anything\n$/);
    expect(new Set(lines.map(({ model }) => model))).toEqual(
      new Set(['cas-register', 'multi-register', 'mutex']),
    );
    expect(code).toBe(1);
  });

  test("Elle's 5 files, packed or not, with their anomalies", async () => {
    const files = filesIn('elle/histories');
    const { code, lines, stderr } = await check(...files);
    expect(stderr).toBe('');
    expect(lines.map(({ model, verdict }) => `${model} ${verdict}`)).toEqual(
      Array(5).fill('list-append violation'),
    );
    expect(lines.map(({ anomalies }) => anomalies)).toEqual([
      ['G-single-item-realtime'],
      ['G-single-item'],
      ['G-single-item'],
      ['G-single-item-realtime', 'G2-item'],
      ['G-single-item-realtime', 'G2-item'],
    ]);
    expect(code).toBe(1);
  });

  test("elle-cli's 13 files, of which one needs its model named", async () => {
    const known = JSON.parse(readFileSync(join(DATA, 'elle-cli/expected.json'), 'utf8')) as {
      file: string;
      model: string;
      expected: boolean;
    }[];
    const unread = 'elle-cli/histories/jepsen/counter.edn';
    const expected = new Map(
      known.map(({ file, model, expected }) => [
        `elle-cli/${file}`,
        `${model} ${expected ? 'ok' : 'violation'}`,
      ]),
    );
    expected.set(unread, 'null unreadable');
    const { code, lines, stderr } = await check(...expected.keys());
    const found = lines.map(({ file, model, verdict }) => [file, `${model} ${verdict}`]);
    expect(found).toEqual([...expected]);
    expect(found).toHaveLength(13);
    expect(stderr).toBe(
      `error: ${unread}: line 1, column 1: cannot tell the model by the functions (add); give it with --model\n`,
    );
    expect(code).toBe(1);
    const named = await check('--model', 'counter', unread);
    expect(named.lines.map(({ verdict }) => verdict)).toEqual(['ok']);
    expect(named.code).toBe(0);
  });

  test("Elle's 39 cases can all be read, and none is a bug in the judge", async () => {
    const cases = readFileSync(join(DATA, 'elle/elle_cases.jsonl'), 'utf8').trim().split('\n');
    const files: Record<string, string> = {};
    for (const [i, line] of cases.entries()) {
      const { checker, history } = JSON.parse(line) as { checker: string; history: object[] };
      if ('file' in history[0]!) continue;
      files[`${checker}/${i}.jsonl`] = history.map((event) => JSON.stringify(event)).join('\n');
    }
    const cwd = project(files);
    let judged = 0;
    for (const checker of ['list-append', 'rw-register']) {
      const names = Object.keys(files).filter((name) => name.startsWith(checker));
      const { code, stdout, stderr } = await simquake(
        cwd,
        'check',
        '--json',
        '--model',
        checker,
        ...names,
      );
      expect(stderr).toBe('');
      expect(code).toBe(1);
      judged += stdout.trim().split('\n').length;
    }
    expect(judged).toBe(38);
  });
});

const REGISTER_OK = `{:process 0, :type :invoke, :f :write, :value 1}
{:process 0, :type :ok, :f :write, :value 1}
{:process 1, :type :invoke, :f :cas, :value [1 2]}
{:process 1, :type :info, :f :cas, :value [1 2]}
{:process 2, :type :invoke, :f :read, :value nil}
{:process 2, :type :ok, :f :read, :value 2}
`;
const REGISTER_BAD = REGISTER_OK.replace(':read, :value 2', ':read, :value 3');

const LOST =
  'read by c2 returned 3, but write 1 by c0 had completed before the read began and nothing wrote 3 after it';

describe('the command', () => {
  test('prints an object a file with these fields and no others, and the worst code wins', async () => {
    const cwd = project({ 'a.edn': REGISTER_OK, 'b.edn': REGISTER_BAD, 'c.edn': '{:a' });
    const { code, stdout, stderr } = await simquake(
      cwd,
      'check',
      '--json',
      'a.edn',
      'b.edn',
      'c.edn',
    );
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    const reason = 'line 1, column 4: expected the value of this key, but the text ends';
    const none = { steps: 0, ops: 0, core: [], anomalies: [] };
    expect(
      lines.map((line) => ({ ...line, ms: typeof line.ms, steps: Math.sign(line.steps) })),
    ).toEqual([
      {
        file: 'a.edn',
        model: 'cas-register',
        verdict: 'ok',
        ms: 'number',
        ...none,
        steps: 1,
        ops: 3,
        reason: '',
      },
      {
        ...{ file: 'b.edn', model: 'cas-register', verdict: 'violation', ms: 'number', steps: 1 },
        ...{ ops: 3, core: [0, 2], anomalies: [] },
        reason: LOST,
      },
      { file: 'c.edn', model: null, verdict: 'unreadable', ms: 'number', ...none, reason },
    ]);
    expect(Object.keys(lines[0]!)).toEqual([
      'file',
      'model',
      'verdict',
      'ms',
      'steps',
      'ops',
      'core',
      'reason',
      'anomalies',
    ]);
    expect(stderr).toBe(`error: c.edn: ${reason}\n`);
    expect(code).toBe(1);
  });

  test.each([
    ['ok', ['a.edn'], 0],
    ['violation', ['b.edn'], 1],
    ['unreadable', ['a.edn', 'c.edn'], 2],
    ['undecided', ['a.edn', '--steps', '1'], 6],
    ['another format', ['a.edn', '--format', 'jepsen-log'], 2],
    ['another model', ['a.edn', '--model', 'queue'], 2],
    ['a model that the format does not have', ['a.edn', '--model', 'etcd'], 2],
    ['a level', ['t.edn', '--level', 'read-committed'], 0],
    ['the level by default', ['t.edn'], 1],
  ])('%s', async (_, args, expected) => {
    const cwd = project({
      'a.edn': REGISTER_OK,
      'b.edn': REGISTER_BAD,
      'c.edn': '{:process',
      't.edn': readFileSync(join(DATA, 'elle/histories/paper-example.edn'), 'utf8'),
    });
    const { code, stderr } = await simquake(cwd, 'check', ...args);
    expect(code, stderr).toBe(expected);
  });

  test('says in words what contradicts what', async () => {
    const { stdout } = await simquake(project({ 'b.edn': REGISTER_BAD }), 'check', 'b.edn');
    expect(stdout.replace(/[\d.]+ ms/, '0 ms').replace(/\d+ steps/, '0 steps')).toBe(
      `FAIL  b.edn  cas-register violation  3 ops  0 steps  0 ms
  ${LOST}
    op  client  call  return  operation
    0   c0      1     2       write 1 -> done
    2   c2      5     6       read -> 3
`,
    );
  });

  test.each([
    [
      '--model',
      'regster',
      '--model regster: there is none; did you mean register? give one of register, ',
    ],
    ['--format', 'edm', '--format edm: there is none; did you mean edn? give one of jsonl, '],
    [
      '--level',
      'serialisable',
      '--level serialisable: there is none; did you mean serializable? give one of ',
    ],
    ['--steps', '0', '--steps 0: not a count; give a whole number from 1 to '],
  ])('refuses %s %s in one line', async (flag, value, message) => {
    const { code, stdout, stderr } = await simquake(project(), 'check', 'x', flag, value);
    expect(stderr.startsWith(`error: ${message}`), stderr).toBe(true);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('does not call a violation what the verifier could not re-check', async () => {
    // As many swaps lead to each value as away from it: all at once, they end where they began.
    const line = (process: number, type: string, call: string) =>
      `{:process ${process}, :type :${type}, ${call}}\n`;
    const round = (swaps: readonly (readonly [number, number])[]) => {
      const calls = swaps.map(([from, to]) => `:f :cas, :value [${from} ${to}]`);
      const all = (type: string) => calls.map((call, i) => line(i, type, call)).join('');
      const write = ':f :write, :value 0';
      const begin = line(99, 'invoke', write) + line(99, 'ok', write);
      const read =
        line(99, 'invoke', ':f :read, :value nil') + line(99, 'ok', ':f :read, :value 1');
      return begin + all('invoke') + all('ok') + read;
    };
    const between = (values: readonly number[]) =>
      values.flatMap((a) => values.flatMap((b) => (a === b ? [] : [[a, b] as const])));
    const cwd = project({
      'few.edn': round(between([0, 1, 2, 3])),
      'many.edn': round([...between([0, 1, 2, 3, 4]), [0, 5], [5, 0]]),
    });
    const few = await simquake(cwd, 'check', '--json', 'few.edn');
    expect(few.code, few.stderr).toBe(1);
    const many = await simquake(cwd, 'check', '--json', 'many.edn');
    const { verdict, reason } = JSON.parse(many.stdout) as Line;
    expect(verdict).toBe('undecided');
    expect(reason).toMatch(
      /^found to be a violation, but the proof could not be re-checked \(its orders were not all tried within 200000 steps\): /,
    );
    expect(many.code, many.stderr).toBe(6);
  });

  test('writes a page for each history, of any kind', async () => {
    const cwd = project({
      'a.edn': REGISTER_OK,
      'b.edn': REGISTER_BAD,
      't.edn': readFileSync(join(DATA, 'elle/histories/paper-example.edn'), 'utf8'),
    });
    const one = await simquake(cwd, 'check', 'b.edn', '--html', 'pages/b.html');
    expect(one.code, one.stderr).toBe(1);
    expect(readFileSync(join(cwd, 'pages/b.html'), 'utf8')).toContain(LOST);
    const all = await simquake(cwd, 'check', 'a.edn', 't.edn', '--html', 'all');
    expect(all.code, all.stderr).toBe(1);
    expect(readdirSync(join(cwd, 'all')).sort()).toEqual(['1-a.edn.html', '2-t.edn.html']);
    const text = (name: string) => readFileSync(join(cwd, 'all', name), 'utf8');
    expect(text('1-a.edn.html')).toContain('Linearizable as cas-register.');
    expect(text('2-t.edn.html')).toContain('G-single-item: ');
    expect(text('2-t.edn.html')).not.toContain('Linearizable');
  });

  test('reads what is packed', async () => {
    const cwd = project();
    writeFileSync(join(cwd, 'a.edn.gz'), gzipSync(REGISTER_OK));
    writeFileSync(join(cwd, 'torn.gz'), gzipSync(REGISTER_OK).subarray(0, 60));
    const { code, stderr } = await simquake(cwd, 'check', 'a.edn.gz', 'torn.gz');
    expect(stderr).toBe('error: torn.gz: not whole: unexpected end of file\n');
    expect(code).toBe(2);
  });
});

describe('a file that cannot be read', () => {
  const open = '{:process 0, :type :invoke, :f :write, :value 1}\n';
  const cases = [
    ['nothing', '', 'line 1, column 1: the file is empty; expected a history'],
    ['blanks', ' \n; x\n', 'line 1, column 1: the file holds nothing but blanks and comments'],
    ['an empty vector', '[]', 'line 1, column 1: expected at least one operation'],
    [
      'prose',
      '\n  Dear all',
      "line 2, column 3: expected a history (JSON, EDN, a Jepsen log or PolySI's lines), but",
    ],
    [
      'truncated EDN',
      `[${open}{:process 0, :ty`,
      'line 2, column 17: expected the value of this key',
    ],
    ['an open vector', `[${open}`, 'line 2, column 1: expected ] for the [ of line 1, column 1'],
    ['a stray bracket', `${open}}`, 'line 2, column 1: expected a value, but found }'],
    ['truncated JSON', '{"type":"ok"', 'line 1, column 13: expected , or }, but the text ends'],
    [
      'a return without a call',
      open.replace('invoke', 'ok'),
      'line 1, column 1: process 0 has not called anything',
    ],
    [
      'two calls at once',
      open + open,
      'line 2, column 1: process 0 has not finished its last call',
    ],
    [
      'another return',
      open + open.replace('invoke', 'ok').replace('1}', '2}'),
      'line 2, column 1: the return names other values',
    ],
    [
      'an unknown function',
      open.replace(':write', ':frob'),
      'line 1, column 1: cannot tell the model by the functions (frob)',
    ],
    [
      'a strange value',
      open.replace('1}', '"a"}'),
      'line 1, column 1: expected the value to write, an integer below 2^53, but found "a"',
    ],
    [
      'a line of another shape',
      '{"id":1,"client":1,"input":{"kind":"read"},"outcome":"ok"}',
      'line 1, column 1: callUs: invalid input',
    ],
    [
      'a time that runs back',
      '{"id":1,"client":1,"input":{"kind":"read"},"outcome":"ok","callUs":5,"returnUs":4}',
      'line 1, column 1: returnUs: expected 5 or later',
    ],
    [
      'an unknown model',
      '{"format":"simquake-history","version":1,"model":"kvv"}',
      'line 1, column 1: a history of kvv, for which there is no judge',
    ],
  ] as const;

  test('is named with the place and what was expected there', async () => {
    const cwd = project(Object.fromEntries(cases.map(([name, text]) => [name, text])));
    const names = cases.map(([name]) => name);
    const { code, stdout, stderr } = await simquake(cwd, 'check', ...names);
    const messages = stderr.trimEnd().split('\n');
    expect(messages).toHaveLength(cases.length);
    for (const [i, [name, , message]] of cases.entries()) {
      expect(messages[i]!.slice(0, `error: ${name}: ${message}`.length)).toBe(
        `error: ${name}: ${message}`,
      );
    }
    expect(stdout).toBe(names.map((name) => `FAIL  ${name}  unreadable\n`).join(''));
    expect(code).toBe(2);
  });

  test('a missing file, a folder, and bytes that are no text', async () => {
    const cwd = project({ 'folder/a': '' });
    writeFileSync(join(cwd, 'bytes'), Buffer.from([0x7b, 0x0a, 0x3a, 0xff, 0xfe, 0]));
    const { code, stderr } = await simquake(cwd, 'check', 'none', 'folder', 'bytes');
    expect(stderr).toBe(`error: none: no such file
error: folder: a folder; give files, as in folder/*.edn
error: bytes: line 2, column 2: expected text in UTF-8
`);
    expect(code).toBe(2);
  });
});

describe('the history of a run', () => {
  const value = (modRevision: number) => ({
    ...{ key: 'k', value: String(modRevision), createRevision: 2, modRevision },
    ...{ version: modRevision - 1, lease: 0 },
  });
  const put = (id: number, at: number, revision: number): Operation<KvRequest, KvResult> => ({
    ...{ id, client: 1, input: putOf('k', String(revision)), callUs: at, returnUs: at + 1 },
    ...{ outcome: 'ok', output: { ok: true, response: { kind: 'put', revision, prevKv: null } } },
  });
  const get = (id: number, at: number, revision: number): Operation<KvRequest, KvResult> => ({
    ...{ id, client: 2, input: rangeOf('k'), callUs: at, returnUs: at + 1, outcome: 'ok' },
    output: {
      ok: true,
      response: { kind: 'range', revision, kvs: [value(revision)], more: false, count: 1 },
    },
  });
  const lost: Operation<KvRequest, KvResult> = {
    ...put(9, 50, 4),
    ...{ client: 3, output: null, returnUs: Infinity, outcome: 'unknown' },
  };

  test.each([
    ['ok', [put(1, 10, 2), get(2, 20, 2), put(3, 30, 3), get(4, 40, 3), lost, get(5, 60, 4)]],
    ['violation', [put(1, 10, 2), get(2, 20, 2), put(3, 30, 3), get(4, 40, 2), lost]],
    ['violation', [put(1, 10, 2), get(2, 20, 3), put(3, 30, 3)]],
  ] as const)('gets the same verdict, %s, once it has been written', (expected, history) => {
    const check = new HistoryCheck();
    check.push(formatOperations('etcd', history));
    const checked = check.finish();
    if ('again' in checked) expect.fail('it was read as a whole');
    const { judgement, refuted, count } = checked;
    const direct = judgeLinearizable(history, etcdModel(), { pruned: etcdModel(history) });
    expect(direct.verdict).toBe(expected);
    expect({ ...judgement, steps: 0 }).toEqual({ ...direct, steps: 0 });
    expect(refuted).toBeNull();
    expect(count).toBe(history.length);
  });

  test('is written on demand where a run passes, and passes', async () => {
    const cwd = project();
    const ran = await simquake(cwd, 'run', 'calm', '--seeds', '2', '--history');
    expect(ran.code, ran.stderr).toBe(0);
    const files = ['reports/calm-1/history.jsonl', 'reports/calm-2/history.jsonl'];
    const { code, stdout } = await simquake(cwd, 'check', '--json', ...files);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    expect(lines.map(({ model, verdict }) => [model, verdict])).toEqual(
      Array(2).fill(['etcd', 'ok']),
    );
    for (const { ops } of lines) expect(ops).toBeGreaterThan(100);
    expect(code).toBe(0);
  });
});
