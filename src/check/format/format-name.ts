// The formats of histories by name, and how one tells them apart by the text itself.
// JSON is told from JSON lines by its first value: both begin with a brace.

import { FormatError } from './line-scanner.js';

/**
 * - `jsonl`: simquake's own, an operation a line
 * - `jepsen-log`: Jepsen's console log of a register test
 * - `edn`: events of Jepsen, Knossos or Elle
 * - `kv`: the same with keys, as porcupine's key-value histories are
 * - `json`: events as JSON, one after another or in an array
 * - `dbcop`: transactions in sessions as JSON, one history or several
 * - `polysi`: the same, an operation a line
 * - `etcd-robustness`: cases of etcd's robustness tests as JSON
 */
export const FORMAT_NAMES = [
  'jsonl',
  'jepsen-log',
  'edn',
  'kv',
  'json',
  'dbcop',
  'polysi',
  'etcd-robustness',
] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

/** Those that are JSON. */
export type JsonFormatName = Extract<FormatName, 'jsonl' | 'json' | 'dbcop' | 'etcd-robustness'>;

/** Text from which a format can be told, unless comments take up all of it. */
export const RECOGNISED_LENGTH = 4096;

const BLANK_OR_COMMENT = /(?:[\s,\ufeff]+|;[^\n]*(?:\n|$))*/y;

/** How a text begins. Throws FormatError where no format begins so. */
export function recognise(text: string): 'jepsen-log' | 'edn' | 'polysi' | 'some-json' {
  BLANK_OR_COMMENT.lastIndex = 0;
  const at = BLANK_OR_COMMENT.exec(text)![0].length;
  const rest = text.slice(at);
  if (rest === '') {
    const what =
      text === '' ? 'the file is empty' : 'the file holds nothing but blanks and comments';
    throw new FormatError(`${what}; expected a history`, { line: 1, column: 1 });
  }
  if (rest.startsWith('INFO')) return 'jepsen-log';
  if (/^[rw]\(/.test(rest)) return 'polysi';
  if (/^[[\s]*\{\s*["}]/.test(rest) || /^\[\s*\]/.test(rest)) return 'some-json';
  if (/^[[(\s]*(?:\{|#[a-zA-Z{])/.test(rest)) return 'edn';
  const before = text.slice(0, at).split('\n');
  throw new FormatError(
    `expected a history (JSON, EDN, a Jepsen log or PolySI's lines), but found ${JSON.stringify(rest.slice(0, 12))}`,
    { line: before.length, column: before.at(-1)!.length + 1 },
  );
}
