// A history as a text, from its first chunk to its verdict: which format it is in, which model it is for, and
// what that model's judge says. Not here: files and words for people (cli/).

import { type ClientEvent, ClientEventReader, clientEventOf } from './format/client-events.js';
import {
  type FormatName,
  type JsonFormatName,
  RECOGNISED_LENGTH,
  recognise,
} from './format/format-name.js';
import { JepsenLogReader } from './format/jepsen-log.js';
import type { Json } from './format/json.js';
import { datumOf, JsonReader } from './format/json-text.js';
import { FormatError } from './format/line-scanner.js';
import {
  guessOfLine,
  isHeader,
  isOperationLine,
  modelOfHeader,
  type Place,
} from './format/operation-lines.js';
import type { PlaceIn } from './format/parsed.js';
import { PolySiReader } from './format/polysi.js';
import { isRobustnessCase } from './format/schema/robustness-schema.js';
import { isSessionCase } from './format/schema/session-schema.js';
import type { HistoryJudge, JudgeOptions } from './history-judge.js';
import type { Judged } from './judged.js';
import { JUDGES } from './judges.js';
import { ModelGuess } from './model-guess.js';
import { type Again, type Reading, WHOLE } from './reading.js';

export interface HistoryCheckOptions extends JudgeOptions {
  /** Default: by the text. */
  readonly format?: FormatName;
  /** One of the names in `JUDGES`. Default: by the operations. */
  readonly model?: string;
  /** Default: whole. */
  readonly reading?: Reading;
}

export interface CheckedHistory extends Judged {
  readonly format: FormatName;
  readonly model: string;
}

/** Takes the text of one history in chunks and judges it. Throws FormatError where it cannot be read. */
export class HistoryCheck {
  private readonly options: HistoryCheckOptions;
  /** Text that came before there was enough of it to know the format. */
  private early = '';
  private source: Source | null = null;

  constructor(options: HistoryCheckOptions = {}) {
    this.options = options;
  }

  push(chunk: string): void {
    if (this.source === null) {
      this.early += chunk;
      if (this.early.length >= RECOGNISED_LENGTH) this.open();
    } else {
      this.source.push(chunk);
    }
  }

  /** Operations or events read so far. */
  get count(): number {
    return this.source?.count ?? 0;
  }

  /** True: the rest of the text need not be pushed. */
  get isSettled(): boolean {
    return this.source?.isSettled ?? false;
  }

  /** `Again` only if it has been read as a stream or as a prefix. */
  finish(): CheckedHistory | Again {
    return (this.source ?? this.open()).finish();
  }

  private open(): Source {
    const { format } = this.options;
    const found = format ?? recognise(this.early);
    const source = sourceOf(found, this.options);
    this.source = source;
    source.push(this.early);
    this.early = '';
    return source;
  }
}

const START: Place = { line: 1, column: 1 };

function sourceOf(found: FormatName | 'some-json', options: HistoryCheckOptions): Source {
  switch (found) {
    case 'jepsen-log':
    case 'edn':
    case 'kv':
      return new EventSource(found, options);
    case 'polysi':
      return new PolySiSource(options);
    default:
      return new JsonSource(found === 'some-json' ? null : found, options);
  }
}

/** What a format makes of the text. */
abstract class Source {
  /** Operations or events read so far. */
  count = 0;
  private readonly options: HistoryCheckOptions;
  private opened: { readonly model: string; readonly judge: HistoryJudge } | null = null;
  /** Events read that no client had. */
  protected others = 0;
  /** Events of which none told the model. */
  private early: ClientEvent[] = [];
  private readonly guess = new ModelGuess();

  constructor(options: HistoryCheckOptions) {
    this.options = options;
  }

  abstract push(chunk: string): void;
  /** Reads what is left, and judges. */
  abstract finish(): CheckedHistory | Again;

  get isSettled(): boolean {
    return this.opened?.judge.isSettled ?? false;
  }

  /** The judge of the model asked for, or else of `model`. */
  protected open(model: string, format: FormatName, place: Place): HistoryJudge {
    const name = this.options.model ?? model;
    const entry = JUDGES.get(name);
    if (entry === undefined) {
      throw new FormatError(`a history of ${name}, for which there is no judge`, place);
    }
    if (!entry.formats.includes(format)) {
      const formats = entry.formats.join(', ');
      throw new FormatError(
        `expected one of the formats of ${name} (${formats}), not ${format}`,
        place,
      );
    }
    const judge = entry.open(format, this.options.reading ?? WHOLE);
    this.opened = { model: name, judge };
    return judge;
  }

  protected event(event: ClientEvent, format: FormatName): void {
    this.count++;
    if (this.opened !== null) {
      this.opened.judge.event!(event);
      return;
    }
    const model = this.options.model ?? this.guess.look(event);
    this.early.push(event);
    if (model !== null) this.replayEarly(model, format);
  }

  private replayEarly(model: string, format: FormatName): void {
    const judge = this.open(model, format, this.early[0]!);
    for (const event of this.early) judge.event!(event);
    this.early = [];
  }

  protected judged(format: FormatName): CheckedHistory | Again {
    if (this.early.length > 0) {
      const model = this.guess.atEnd();
      if (model === null) {
        const seen = this.guess.seen();
        throw new FormatError(
          `cannot tell the model by the functions (${seen}); give it with --model`,
          this.early[0]!,
        );
      }
      this.replayEarly(model, format);
    }
    // What no client took part in is of any model, and as it should be.
    if (this.count === 0 && this.others > 0) this.open('cas-register', format, START);
    const { opened } = this;
    if ((this.count === 0 && this.others === 0) || opened === null) {
      throw new FormatError('expected at least one operation', START);
    }
    const judged = opened.judge.finish(this.options);
    return 'again' in judged ? judged : { format, model: opened.model, ...judged };
  }
}

/** Events in EDN, or a Jepsen log. */
class EventSource extends Source {
  private readonly format: FormatName;
  private readonly reader: ClientEventReader | JepsenLogReader;

  constructor(format: 'jepsen-log' | 'edn' | 'kv', options: HistoryCheckOptions) {
    super(options);
    this.format = format;
    this.reader = format === 'jepsen-log' ? new JepsenLogReader() : new ClientEventReader('edn');
  }

  push(chunk: string): void {
    this.reader.push(chunk);
    this.drain();
  }

  finish(): CheckedHistory | Again {
    const { reader } = this;
    if (!this.isSettled) reader.end();
    this.drain();
    if (reader instanceof ClientEventReader) this.others = reader.others;
    return this.judged(this.format);
  }

  private drain(): void {
    const { reader } = this;
    while (!this.isSettled) {
      const event = reader.next();
      if (event === undefined) return;
      this.event(event, this.format);
    }
  }
}

/** PolySI's lines. */
class PolySiSource extends Source {
  private readonly reader = new PolySiReader();

  push(chunk: string): void {
    this.reader.push(chunk);
    this.read();
  }

  finish(): CheckedHistory | Again {
    this.reader.end();
    this.read();
    const judge = this.open('rw-register', 'polysi', START);
    judge.line!({ sessions: this.reader.records() }, () => START);
    return this.judged('polysi');
  }

  private read(): void {
    this.reader.read();
    this.count = this.reader.count;
  }
}

/** JSON: our own lines, events, or cases. The first value tells. */
class JsonSource extends Source {
  private readonly reader = new JsonReader();
  private readonly placeIn: PlaceIn = (path) => this.reader.positionIn(path);
  private format: JsonFormatName | null;
  private judge: HistoryJudge | null = null;

  constructor(format: JsonFormatName | null, options: HistoryCheckOptions) {
    super(options);
    this.format = format;
  }

  push(chunk: string): void {
    this.reader.push(chunk);
    this.drain();
  }

  finish(): CheckedHistory | Again {
    if (!this.isSettled) this.reader.end();
    this.drain();
    return this.judged(this.format ?? 'jsonl');
  }

  private drain(): void {
    const { reader } = this;
    while (!this.isSettled) {
      const value = reader.next();
      if (value === undefined) return;
      this.value(value, reader.position());
    }
  }

  private value(value: Json, place: Place): void {
    this.format ??= formatOf(value);
    const { format } = this;
    if (format === 'json') {
      const event = clientEventOf(datumOf(value), place);
      if (event === null) this.others++;
      else this.event(event, 'json');
    } else if (format === 'jsonl' && this.judge === null && isHeader(value)) {
      this.judge = this.open(modelOfHeader(value, place), format, place);
    } else {
      this.judge ??= this.open(modelOf(format, value), format, place);
      this.count++;
      this.judge.line!(value, this.placeIn);
    }
  }
}

function formatOf(value: Json): JsonFormatName {
  if (isHeader(value) || isOperationLine(value)) return 'jsonl';
  if (isSessionCase(value)) return 'dbcop';
  return isRobustnessCase(value) ? 'etcd-robustness' : 'json';
}

function modelOf(format: Exclude<JsonFormatName, 'json'>, value: Json): string {
  if (format === 'jsonl') return guessOfLine(value);
  return format === 'dbcop' ? 'rw-register' : 'etcd';
}
