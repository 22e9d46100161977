// Jepsen's console log of a register test (2014), as porcupine's test data keep it:
// `INFO  jepsen.util - PROCESS TYPE F VALUE`, separated by spaces or tabs. A return that timed out says so
// in place of its value. Not here: what the events mean.

import { ChunkedText, INCOMPLETE } from './chunked-text.js';
import { type ClientEvent, EVENT_TYPES } from './client-events.js';
import { type Datum, DatumMap } from './datum.js';
import { LineScanner } from './line-scanner.js';

const TYPES = EVENT_TYPES.map((type) => `:${type}` as const);
const FUNCTIONS = [':read', ':write', ':cas'] as const;
const NO_FIELDS = new DatumMap([], []);

/** Events one by one, from text that is pushed in chunks. Throws FormatError. */
export class JepsenLogReader extends ChunkedText {
  next(): ClientEvent | undefined {
    return this.attempt(this.read);
  }

  private readonly read = (): ClientEvent | undefined => {
    while (this.at < this.text.length) {
      const found = this.text.indexOf('\n', this.at);
      if (found < 0 && !this.ended) throw INCOMPLETE;
      const end = found < 0 ? this.text.length : found;
      const text = this.text.slice(this.at, end).trimEnd();
      const { line } = this.positionOf(this.at);
      this.at = found < 0 ? end : end + 1;
      if (text !== '') return eventOf(new LineScanner(text, line));
    }
    return undefined;
  };
}

function eventOf(scan: LineScanner): ClientEvent {
  scan.expect('INFO');
  scan.gap();
  scan.expect('jepsen.util - ');
  const process = scan.integer();
  scan.gap();
  const type = EVENT_TYPES[TYPES.indexOf(scan.word(TYPES))]!;
  scan.gap();
  const f = scan.word(FUNCTIONS).slice(1);
  scan.gap();
  const value = scan.accept(':timed-out') ? null : datumFrom(scan);
  scan.expectEnd();
  return { type, process, f, value, index: null, fields: NO_FIELDS, line: scan.line, column: 1 };
}

/** `nil`, an integer, or a pair of integers. */
function datumFrom(scan: LineScanner): Datum {
  if (scan.accept('nil')) return null;
  if (!scan.accept('[')) return scan.integer();
  const from = scan.integer();
  scan.gap();
  const to = scan.integer();
  scan.expect(']');
  return [from, to];
}
