// The corpus: plans worth having again, in LMDB. A write is on disk when it returns; several processes may write at
// once; a process may be killed at any moment. Damage is detected and told, per record and as a whole.
// Not here: what a record says (corpus-record.ts), and which records are enough (corpus-cover.ts).

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { UsageError } from '../scenario/usage-error.js';
import { probeDatabase } from './corpus-probe.js';
import {
  CORPUS_FORMAT,
  type CorpusRecord,
  decodeRecord,
  openSealed,
  planKey,
  sealBytes,
  storedChecksum,
} from './corpus-record.js';

/**
 * Written with every change, in the same transaction: a file that lost pages opens without complaint, and holds
 * fewer records than were written.
 */
interface Ledger {
  readonly format: number;
  readonly count: number;
  /** Exclusive or of the stored checksums of all records. */
  readonly sum: number;
}

export interface CorpusContent {
  readonly records: ReadonlyMap<string, CorpusRecord>;
  /** Keys of records that cannot be read. */
  readonly damaged: readonly string[];
  /** What else is wrong, in a sentence; null if every record written is there. */
  readonly loss: string | null;
}

const DATABASE = 'data.mdb';
/** Is there once the database has been filled: one that is empty then was damaged. */
const MADE = 'made';
const LEDGER = 'ledger';
const PLANS = { start: 'plan/', end: 'plan0' } as const;

export class Corpus {
  /** Folder, as shown. */
  readonly shown: string;
  private readonly database: RootDatabase<Uint8Array, string>;

  private constructor(database: RootDatabase<Uint8Array, string>, shown: string) {
    this.database = database;
    this.shown = shown;
  }

  static exists(folder: string): boolean {
    return existsSync(join(folder, DATABASE)) || existsSync(join(folder, MADE));
  }

  /**
   * Opens the corpus of a folder, which is made if absent. Reads all of it once, in a process of its own.
   *
   * @param shown names the folder in messages
   * @throws UsageError if the folder does not take it, or the database is damaged as a whole
   */
  static async open(folder: string, shown: string): Promise<Corpus> {
    const file = join(folder, DATABASE);
    // Looked at first: another process may be making the corpus at this moment.
    const made = existsSync(join(folder, MADE));
    if (made && !existsSync(file)) throw beyondRepair(shown, `${DATABASE} is gone`);
    if (existsSync(file)) {
      const reason = probeDatabase(file);
      if (reason !== null) throw beyondRepair(shown, reason);
    }
    const database = await openDatabase(folder, file, shown);
    try {
      // Killed processes leave their places among the readers taken.
      database.readerCheck();
      const ledger = database.get(LEDGER);
      if (ledger === undefined && made) throw beyondRepair(shown, 'it opens as if it were empty');
      checkFormat(ledger, shown);
      const corpus = new Corpus(database, shown);
      if (!made) corpus.make(join(folder, MADE));
      return corpus;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** All there is, as of one moment. */
  read(): CorpusContent {
    // Else LMDB may answer from a snapshot that was taken earlier in this turn of the event loop.
    this.database.resetReadTxn();
    return this.change(() => this.content());
  }

  /**
   * Adds a record. One of the same plan keeps what it reached, and its finding if this one has none.
   * On disk when this returns.
   */
  add(record: CorpusRecord): void {
    this.change(() => {
      const key = planKey(record.plan);
      const known = this.known(key);
      this.put(key, known === null ? record : updated(known, record));
    });
  }

  /**
   * Adds the records of another corpus in one transaction: all or none. Where both know a plan and one says that
   * it fails, it fails until it has run again. Returns how many plans are new.
   */
  addAll(records: Iterable<CorpusRecord>): number {
    return this.change(() => {
      let added = 0;
      for (const record of records) {
        const key = planKey(record.plan);
        const known = this.known(key);
        if (known === null) added += 1;
        this.put(key, known === null ? record : united(known, record));
      }
      return added;
    });
  }

  /** Removes what `choose` picks, in one transaction, and returns what was read before. */
  remove(choose: (content: CorpusContent) => Iterable<string>): CorpusContent {
    return this.change(() => {
      const content = this.content();
      for (const key of choose(content)) this.delete(key);
      return content;
    });
  }

  /** Makes what is there what should be there: losses are no longer told. Records stay as they are. */
  acceptLoss(): void {
    this.change(() => {
      let [count, sum] = [0, 0];
      for (const { value } of this.database.getRange(PLANS)) {
        count += 1;
        sum = (sum ^ storedChecksum(value)) >>> 0;
      }
      this.setLedger({ format: CORPUS_FORMAT, count, sum });
    });
  }

  async close(): Promise<void> {
    await this.database.close();
  }

  private make(marker: string): void {
    this.change(() => {
      if (this.database.get(LEDGER) !== undefined) return;
      this.setLedger({ format: CORPUS_FORMAT, count: 0, sum: 0 });
    });
    writeFileSync(marker, '', { flag: 'a', flush: true });
  }

  /** Runs `action` as one transaction, on disk when this returns. Only one process at a time is in here. */
  private change<T>(action: () => T): T {
    try {
      return this.database.transactionSync(action);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      // What LMDB throws has a code. Anything else is a bug.
      if (code === undefined) throw error;
      throw new UsageError(
        `${this.shown}: the corpus cannot be written (${message}); make room, or choose another folder`,
      );
    }
  }

  private content(): CorpusContent {
    const records = new Map<string, CorpusRecord>();
    const damaged: string[] = [];
    let [count, sum] = [0, 0];
    for (const { key: path, value } of this.database.getRange(PLANS)) {
      const key = path.slice(PLANS.start.length);
      const record = decodeRecord(key, value);
      count += 1;
      sum = (sum ^ storedChecksum(value)) >>> 0;
      if (record === null || planKey(record.plan) !== key) damaged.push(key);
      else records.set(key, record);
    }
    return { records, damaged, loss: this.loss(count, sum, damaged.length) };
  }

  private loss(count: number, sum: number, damaged: number): string | null {
    const ledger = this.ledger();
    if (ledger === null) return 'its ledger is damaged: records may be missing';
    if (ledger.count !== count) return `holds ${count} records where ${ledger.count} were written`;
    if (ledger.sum !== sum && damaged === 0) return 'holds other records than were written';
    return null;
  }

  private ledger(): Ledger | null {
    const bytes = this.database.get(LEDGER);
    return bytes === undefined ? null : ((openSealed(LEDGER, bytes) as Ledger | undefined) ?? null);
  }

  private setLedger(ledger: Ledger): void {
    this.database.putSync(LEDGER, sealBytes(LEDGER, ledger));
  }

  /** The record of a plan; null if there is none that can be read. */
  private known(key: string): CorpusRecord | null {
    const bytes = this.database.get(PLANS.start + key);
    return bytes === undefined ? null : decodeRecord(key, bytes);
  }

  private put(key: string, record: CorpusRecord): void {
    const bytes = sealBytes(key, record);
    this.enter(this.database.get(PLANS.start + key), bytes);
    this.database.putSync(PLANS.start + key, bytes);
  }

  private delete(key: string): void {
    this.enter(this.database.get(PLANS.start + key), undefined);
    this.database.removeSync(PLANS.start + key);
  }

  /** Books a change in the ledger; one that is damaged stays so until the loss is accepted. */
  private enter(before: Uint8Array | undefined, after: Uint8Array | undefined): void {
    const ledger = this.ledger();
    if (ledger === null) return;
    const out = before === undefined ? 0 : storedChecksum(before);
    const into = after === undefined ? 0 : storedChecksum(after);
    const more = (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
    const sum = (ledger.sum ^ out ^ into) >>> 0;
    this.setLedger({ ...ledger, count: ledger.count + more, sum });
  }
}

async function openDatabase(
  folder: string,
  file: string,
  shown: string,
): Promise<RootDatabase<Uint8Array, string>> {
  try {
    mkdirSync(folder, { recursive: true });
    // Only now: who keeps no corpus needs no native module.
    const { open } = await import('lmdb');
    return open<Uint8Array, string>({
      path: file,
      noSubdir: true,
      encoding: 'binary',
      // A transaction is flushed before it returns, and rolled back if that fails.
      overlappingSync: false,
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `${shown}: no corpus can be kept there (${code ?? message}); choose another folder`,
    );
  }
}

function checkFormat(bytes: Uint8Array | undefined, shown: string): void {
  if (bytes === undefined) return;
  const ledger = openSealed(LEDGER, bytes) as Ledger | undefined;
  if (ledger === undefined || ledger.format === CORPUS_FORMAT) return;
  throw new UsageError(
    `${shown}: corpus format ${ledger.format}, but this simquake reads format ${CORPUS_FORMAT}; ` +
      'use the simquake that wrote it, or another folder',
  );
}

function beyondRepair(shown: string, reason: string): UsageError {
  return new UsageError(
    `${shown}: the corpus is damaged: ${reason}; remove the folder, then 'simquake corpus merge' a copy if you have one`,
  );
}

function updated(known: CorpusRecord, added: CorpusRecord): CorpusRecord {
  const reached = [...new Set([...known.reached, ...added.reached])].sort();
  return { ...added, finding: added.finding ?? known.finding, reached };
}

function united(known: CorpusRecord, added: CorpusRecord): CorpusRecord {
  const fails = known.finding?.state === 'fails';
  return fails ? updated(added, known) : updated(known, added);
}
