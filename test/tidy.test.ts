// Style as a test: who may import whom, what a run may touch, headers, dead files. Reads every source file
// and asserts how many it read, because a check that saw nothing passes too.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '..', 'src');

/** Folder, then the folders it may import besides itself. `raft/raftpb` names a single file. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  ports: ['base'],
  raft: ['base'],
  etcdpb: ['base'],
  storage: ['base', 'ports', 'raft/raftpb', 'etcdpb'],
  node: ['base', 'ports', 'raft', 'storage', 'etcdpb'],
  client: ['base', 'ports', 'etcdpb', 'node'],
  platform: ['base', 'ports'],
  sim: ['base', 'ports'],
  check: ['base', 'etcdpb'],
  scenario: ['base', 'ports', 'etcdpb', 'raft', 'storage', 'node', 'client', 'sim', 'check'],
  fuzz: ['base', 'sim', 'check', 'scenario'],
  report: ['base', 'check', 'scenario'],
  vitest: ['base', 'fuzz', 'scenario', 'report', 'check', 'cli'],
  cli: ['base', 'sim', 'check', 'scenario', 'fuzz', 'report'],
  '': ['base', 'scenario'],
};

/** Folders that take part in a run: nothing in them may depend on the machine or the moment. */
const IN_A_RUN = ['base', 'ports', 'raft', 'etcdpb', 'storage', 'node', 'client', 'sim', 'check'];

/** The ports for real: the machine is their business. */
const PRODUCTION_SHELL = ['platform', 'api'];

const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\bDate\b/, 'Date'],
  [/\bperformance\b/, 'performance'],
  [/\bset(?:Timeout|Interval|Immediate)\b/, 'timers'],
  [/\bqueueMicrotask\b/, 'queueMicrotask'],
  [
    /(?<![/\w.])process\.(?:env|hrtime|nextTick|exit|pid|cwd|argv|std|memoryUsage|uptime|cpuUsage|on|platform|version|execPath)/,
    'process',
  ],
  [/\bMath\.(?!floor|ceil|min|max|abs|trunc|imul|clz32|sqrt|round|sign)\w+/, 'Math'],
  [/\*\*(?!\/|\s)/, 'the power operator'],
  [/\bcrypto\b/, 'crypto'],
  [/['"]node:(?!buffer)/, 'a module of Node'],
  [/\bIntl\b|\blocaleCompare\b|\btoLocale\w+/, 'locale'],
  [/\bWeak(?:Ref|Map|Set)\b|\bFinalizationRegistry\b/, 'weak references'],
  [/\basync\b|\bawait\b|\bPromise\b/, 'promises'],
  [/\bstructuredClone\b/, 'structuredClone'],
];

/** Types that name each other: a rule can make a model coarser, and a clogged link holds events that name it. */
const MUTUAL = [
  'check/linearizability/model.ts, check/linearizability/proof/proof-rules.ts',
  'sim/event-queue.ts, sim/network.ts',
];

/** Files that name what is banned, and why they must. */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ['sim/tripwire.ts', 'it replaces the banned globals by throwers'],
]);

/** What the other harness folders may not touch either, but for the files below. */
const BANNED_IN_HARNESS: readonly (readonly [RegExp, string])[] = [
  ...BANNED.filter(([, name]) =>
    ['Date', 'performance', 'timers', 'queueMicrotask', 'process', 'crypto'].includes(name),
  ),
  [/\bMath\.random\b/, 'Math.random'],
  [/['"]node:(?!buffer|path|url)/, 'a module of Node'],
];

/** Where the harness meets the machine, what each file touches there, and why nobody can hand it over. */
const TOUCHES: ReadonlyMap<string, { readonly names: readonly string[]; readonly why: string }> =
  new Map([
    ['cli/build-info.ts', { names: ['a module of Node', 'process'], why: 'versions and commit' }],
    ['cli/command.ts', { names: ['a module of Node'], why: 'how many cores there are' }],
    ['cli/diff.ts', { names: ['a module of Node'], why: 'reads two files of either kind' }],
    ['cli/failure-files.ts', { names: ['a module of Node', 'process'], why: 'writes reports' }],
    ['cli/fuzz.ts', { names: ['a module of Node'], why: 'appends to the job summary of a CI' }],
    [
      'cli/main.ts',
      { names: ['process'], why: 'the process itself: everything else is handed it' },
    ],
    ['cli/history-file.ts', { names: ['a module of Node'], why: 'reads histories' }],
    ['cli/promote.ts', { names: ['a module of Node'], why: 'overwrites no regression' }],
    ['cli/stopwatch.ts', { names: ['performance'], why: 'budgets that a person gave in seconds' }],
    [
      'cli/status-line.ts',
      { names: ['performance', 'timers'], why: 'a rate for a person to watch' },
    ],
    ['fuzz/campaign.ts', { names: ['timers'], why: 'lets the event loop turn between two runs' }],
    ['fuzz/corpus.ts', { names: ['a module of Node'], why: 'makes the folder of the corpus' }],
    [
      'fuzz/corpus-probe.ts',
      { names: ['a module of Node', 'process'], why: 'a process to read in' },
    ],
    ['fuzz/corpus-record.ts', { names: ['a module of Node', 'crypto'], why: 'keys are SHA-256' }],
    ['fuzz/cpu-time.ts', { names: ['a module of Node', 'process'], why: 'CPU time of a run' }],
    ['report/page.ts', { names: ['a module of Node'], why: 'compresses what it embeds' }],
    ['report/viewer/viewer.ts', { names: ['timers'], why: 'runs in a browser' }],
    ['scenario/load.ts', { names: ['a module of Node', 'process'], why: 'loads scenario files' }],
    ['scenario/regression-files.ts', { names: ['a module of Node'], why: 'reads regressions' }],
    ['vitest/index.ts', { names: ['process'], why: 'vitest hands no environment to a test file' }],
  ]);

interface SourceFile {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly code: string;
  readonly imports: readonly string[];
}

const files = readSources();

describe('the source tree', () => {
  it('was read', () => {
    expect(files.length).toBeGreaterThan(140);
    const folders = new Set(files.map((file) => file.folder));
    for (const folder of IN_A_RUN) expect(folders).toContain(folder);
  });

  it('imports only along the arrows of docs/ARCHITECTURE.md', () => {
    const wrong = files.flatMap((file) =>
      file.imports
        .filter((target) => !isAllowed(file, target))
        .map((target) => `${file.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('imports in no circle, but where data refer to each other', () => {
    const circles = circlesIn(new Map(files.map(({ path, imports }) => [path, imports])));
    expect(circles.sort()).toEqual(MUTUAL);
  });

  it('touches nothing of the machine in folders that take part in a run', () => {
    const wrong: string[] = [];
    for (const file of files) {
      if (!IN_A_RUN.includes(file.folder) || EXCEPTIONS.has(file.path)) continue;
      for (const [pattern, name] of BANNED) {
        if (pattern.test(file.code)) wrong.push(`${file.path} uses ${name}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('meets the machine in the harness only where the list says so', () => {
    const wrong: string[] = [];
    const met = new Map<string, string[]>();
    for (const file of files) {
      if (IN_A_RUN.includes(file.folder) || PRODUCTION_SHELL.includes(file.folder)) continue;
      const names = BANNED_IN_HARNESS.filter(([pattern]) => pattern.test(file.code)).map(
        ([, name]) => name,
      );
      if (names.length > 0) met.set(file.path, names.sort());
      for (const name of names) {
        if (!TOUCHES.get(file.path)?.names.includes(name)) wrong.push(`${file.path} uses ${name}`);
      }
    }
    expect(wrong).toEqual([]);
    for (const [path, { names }] of TOUCHES) expect([path, met.get(path)]).toEqual([path, names]);
  });

  it('lists no exception that is not needed', () => {
    for (const path of EXCEPTIONS.keys()) {
      const file = files.find((candidate) => candidate.path === path);
      expect(BANNED.some(([pattern]) => pattern.test(file?.code ?? ''))).toBe(true);
    }
  });

  it('opens every file with what it is', () => {
    expect(
      files.filter((file) => !/^(?:\/\/\/.*\n|#!.*\n)*\/\/ \S/.test(file.text)).map((f) => f.path),
    ).toEqual([]);
  });

  it('has no file that nothing leads to', () => {
    const entries = [
      'index.ts',
      'check/index.ts',
      'sim/index.ts',
      'cli/main.ts',
      'vitest/index.ts',
      'fuzz/worker.ts',
    ];
    const reached = new Set<string>();
    const queue = [...entries];
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      if (reached.has(path)) continue;
      reached.add(path);
      queue.push(...(files.find((file) => file.path === path)?.imports ?? []));
    }
    const dead = files.filter((f) => !reached.has(f.path) && !f.path.endsWith('.d.ts'));
    expect(dead.map((file) => file.path)).toEqual([]);
  });

  it('catches what it is for', () => {
    const planted: SourceFile = {
      path: 'node/leak.ts',
      folder: 'node',
      text: '',
      code: 'const t = Date.now();',
      imports: ['sim/clock.ts'],
    };
    expect(isAllowed(planted, 'sim/clock.ts')).toBe(false);
    expect(BANNED.some(([pattern]) => pattern.test(planted.code))).toBe(true);
  });
});

function isAllowed(file: SourceFile, target: string): boolean {
  const folder = folderOf(target);
  if (folder === file.folder) return true;
  const allowed = MAY_IMPORT[file.folder] ?? [];
  return allowed.some((name) => (name.includes('/') ? target === `${name}.ts` : name === folder));
}

function readSources(): SourceFile[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => {
      const path = name.split(sep).join('/');
      const text = readFileSync(join(SRC, name), 'utf8');
      const code = withoutComments(text);
      const imports = [
        ...code.matchAll(/from\s+['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]/g),
      ].map((match) =>
        relative(SRC, join(SRC, dirname(name), match[1] ?? match[2] ?? ''))
          .split(sep)
          .join('/')
          .replace(/\.js$/, '.ts'),
      );
      return { path, folder: folderOf(path), text, code, imports };
    });
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
}

function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\s\/\/ .*$/gm, '');
}

/** Files that import each other, directly or not, each circle as its sorted paths. */
function circlesIn(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const reached = new Map([...imports.keys()].map((path) => [path, reachedFrom(path, imports)]));
  const circles = new Set<string>();
  for (const [path, others] of reached) {
    if (!others.has(path)) continue;
    const circle = [...others].filter((other) => reached.get(other)?.has(path));
    circles.add(circle.sort().join(', '));
  }
  return [...circles];
}

/** Itself only if it is in a circle. */
function reachedFrom(
  path: string,
  imports: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [path];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const target of imports.get(next) ?? []) {
      if (reached.has(target)) continue;
      reached.add(target);
      open.push(target);
    }
  }
  return reached;
}
