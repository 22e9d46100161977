// `simquake corpus list|min|merge|prune`: looks at saved plans and tidies them.
// Not here: the store (fuzz/corpus.ts), and how a campaign uses it (saved-plans.ts).

import { resolve } from 'node:path';
import { Corpus, type CorpusContent } from '../fuzz/corpus.js';
import { beyond, coveringKeys } from '../fuzz/corpus-cover.js';
import { type CorpusRecord, runnablePlan } from '../fuzz/corpus-record.js';
import { UsageError } from '../scenario/usage-error.js';
import { packageVersion } from './build-info.js';
import { EXIT } from './exit-code.js';
import type { Host } from './host.js';
import { corpusLine } from './json.js';
import type { RecordState } from './outcomes.js';

export const DEFAULT_CORPUS = '.simquake/corpus';

const KEY_SHOWN = 12;

export async function corpusListCommand(
  folder: string,
  json: boolean,
  host: Host,
): Promise<number> {
  return withCorpus(folder, host, (corpus) => {
    const content = corpus.read();
    const version = packageVersion();
    for (const [key, record] of content.records) {
      const state = stateOf(record, version);
      host.stdout.write(json ? corpusLine(key, state, record) : listRow(key, state, record));
    }
    if (!json) host.stdout.write(`${plural(content.records.size, 'record')}\n`);
    return sayDamage(folder, content, host);
  });
}

/** Keeps the fewest and smallest plans that show every finding and reach everything. */
export async function corpusMinCommand(folder: string, host: Host): Promise<number> {
  return withCorpus(folder, host, (corpus) => {
    const version = packageVersion();
    let removed: string[] = [];
    const content = corpus.remove(({ records }) => {
      // What is mended or stale shows nothing, and is for prune.
      const live = new Map(
        [...records].filter(([, record]) => {
          const state = stateOf(record, version);
          return state === 'fails' || state === 'reached';
        }),
      );
      const enough = coveringKeys(live);
      removed = [...live.keys()].filter((key) => !enough.has(key));
      return removed;
    });
    const left = content.records.size - removed.length;
    host.stdout.write(
      `${removed.length} of ${plural(content.records.size, 'record')} removed, ${left} left: ` +
        'they show every finding and reach everything that all did\n',
    );
    return sayDamage(folder, content, host);
  });
}

/** Adds the records of other corpora. */
export async function corpusMergeCommand(
  folder: string,
  sources: readonly string[],
  host: Host,
): Promise<number> {
  const target = resolve(host.cwd, folder);
  for (const source of sources) {
    const path = resolve(host.cwd, source);
    if (path === target) throw new UsageError(`${source}: a corpus is not merged into itself`);
    if (!Corpus.exists(path)) throw noCorpus(source);
  }
  const corpus = await Corpus.open(target, folder);
  let code: number = EXIT.ok;
  try {
    for (const source of sources) {
      const other = await Corpus.open(resolve(host.cwd, source), source);
      try {
        const content = other.read();
        const added = corpus.addAll(content.records.values());
        host.stdout.write(
          `${source}: ${plural(content.records.size, 'record')}, ${added} of them new\n`,
        );
        code = Math.max(code, sayDamage(source, content, host));
      } finally {
        await other.close();
      }
    }
    return Math.max(code, sayDamage(folder, corpus.read(), host));
  } finally {
    await corpus.close();
  }
}

/**
 * Removes what is damaged, mended or stale, and accepts what is lost. With `perFinding`, of plans that fail alike all
 * but the smallest so many.
 */
export async function corpusPruneCommand(
  folder: string,
  perFinding: number | null,
  host: Host,
): Promise<number> {
  return withCorpus(folder, host, (corpus) => {
    const version = packageVersion();
    const gone = { mended: 0, stale: 0, beyond: 0 };
    const { records, damaged, loss } = corpus.remove((content) => {
      const keys = [...content.damaged];
      for (const [key, record] of content.records) {
        const state = stateOf(record, version);
        if (state !== 'mended' && state !== 'stale') continue;
        gone[state] += 1;
        keys.push(key);
        host.stdout.write(`removed  ${listRow(key, state, record)}`);
      }
      if (perFinding !== null) {
        const live = new Map([...content.records].filter(([key]) => !keys.includes(key)));
        const excess = beyond(live, perFinding);
        gone.beyond = excess.length;
        keys.push(...excess);
      }
      return keys;
    });
    for (const key of damaged) {
      host.stdout.write(`removed  ${key.slice(0, KEY_SHOWN)}  damaged\n`);
    }
    if (loss !== null) host.stdout.write(`accepted  ${folder} ${loss}\n`);
    if (loss !== null || damaged.length > 0) corpus.acceptLoss();
    const left = records.size - gone.mended - gone.stale - gone.beyond;
    const alike =
      perFinding === null ? '' : `, ${gone.beyond} beyond ${perFinding} that fail alike`;
    host.stdout.write(
      `${damaged.length} damaged, ${gone.mended} mended, ${gone.stale} stale${alike} removed; ${left} left\n`,
    );
    return EXIT.ok;
  });
}

/** What is wrong with a corpus and what to do, one line each. */
export function damageText(shown: string, { damaged, loss }: CorpusContent): string[] {
  const remedy = `'simquake corpus prune --corpus ${shown}' drops what is damaged`;
  const lines = damaged.map(
    (key) => `${shown}: record ${key.slice(0, KEY_SHOWN)} is damaged; ${remedy}`,
  );
  if (loss !== null) lines.push(`${shown}: ${loss}; merge a copy, or accept it: ${remedy}`);
  return lines;
}

function sayDamage(shown: string, content: CorpusContent, host: Host): number {
  const lines = damageText(shown, content);
  for (const line of lines) host.stderr.write(`error: ${line}\n`);
  return lines.length === 0 ? EXIT.ok : EXIT.usage;
}

function stateOf(record: CorpusRecord, version: string): RecordState {
  if (runnablePlan(record, version) === null) return 'stale';
  return record.finding?.state ?? 'reached';
}

function listRow(key: string, state: RecordState, record: CorpusRecord): string {
  const { finding, reached, plan } = record;
  const { scenario, seed } = plan as { scenario?: unknown; seed?: unknown };
  const why = finding === null ? reached.join(', ') : `${finding.name}  ${finding.signature}`;
  return `${key.slice(0, KEY_SHOWN)}  ${state.padEnd(7)}  ${String(scenario)} ${String(seed)}  ${why}\n`;
}

async function withCorpus(
  folder: string,
  host: Host,
  action: (corpus: Corpus) => number,
): Promise<number> {
  const path = resolve(host.cwd, folder);
  if (!Corpus.exists(path)) throw noCorpus(folder);
  const corpus = await Corpus.open(path, folder);
  try {
    return action(corpus);
  } finally {
    await corpus.close();
  }
}

function noCorpus(shown: string): UsageError {
  return new UsageError(
    `${shown}: no corpus is there; 'simquake fuzz' makes one, or name another with --corpus`,
  );
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
