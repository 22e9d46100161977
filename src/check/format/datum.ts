// The values that histories are written in, whether as EDN or as JSON. Plain data.
// Not here: reading them (edn.ts, json-text.ts).

/** `:name`. Equal keywords of one reader are one object. */
export class Keyword {
  /** Without the colon. */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A bare word that is neither `nil` nor `true` nor `false`. */
export class Word {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** `#{...}`, in the order of the text. */
export class DatumSet {
  readonly items: readonly Datum[];

  constructor(items: readonly Datum[]) {
    this.items = items;
  }
}

/** `#tag value`, such as `#inst "1970-01-01"`. */
export class Tagged {
  readonly tag: string;
  readonly value: Datum;

  constructor(tag: string, value: Datum) {
    this.tag = tag;
    this.value = value;
  }
}

/** A map in the order of the text. Maps of histories are small, so a search from the front is fast. */
export class DatumMap {
  readonly keys: readonly Datum[];
  readonly values: readonly Datum[];

  constructor(keys: readonly Datum[], values: readonly Datum[]) {
    this.keys = keys;
    this.values = values;
  }

  /** The value of the keyword or string `name`; undefined if there is none. */
  get(name: string): Datum | undefined {
    const { keys } = this;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (key === name || (key instanceof Keyword && key.name === name)) return this.values[i];
    }
    return undefined;
  }
}

/** Integers from 2^53 on are bigints. Vectors and lists are both arrays: Clojure calls them equal. */
export type Datum =
  | null
  | boolean
  | number
  | bigint
  | string
  | Keyword
  | Word
  | readonly Datum[]
  | DatumMap
  | DatumSet
  | Tagged;

/** The name of a keyword or the text of a string; null for anything else. */
export function nameOf(datum: Datum | undefined): string | null {
  if (datum instanceof Keyword) return datum.name;
  return typeof datum === 'string' ? datum : null;
}

/** As EDN on one line. Equal values give equal texts, but that sets and maps keep their order. */
export function formatDatum(datum: Datum): string {
  if (datum === null) return 'nil';
  if (typeof datum === 'string') return JSON.stringify(datum);
  if (typeof datum !== 'object') return String(datum);
  if (datum instanceof Keyword) return `:${datum.name}`;
  if (datum instanceof Word) return datum.name;
  if (datum instanceof DatumSet) return `#{${datum.items.map(formatDatum).join(' ')}}`;
  if (datum instanceof Tagged) return `#${datum.tag} ${formatDatum(datum.value)}`;
  if (datum instanceof DatumMap) {
    const { keys, values } = datum;
    return `{${keys.map((key, i) => `${formatDatum(key)} ${formatDatum(values[i]!)}`).join(', ')}}`;
  }
  return `[${datum.map(formatDatum).join(' ')}]`;
}
