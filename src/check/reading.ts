// How the text of a history is read. Plain data. A history that is judged while it is read may need its text
// a second time, which only who has the text can give.

import type { Micros } from '../base/ids.js';

/**
 * - `whole`: every operation is kept, and all are judged at the end.
 * - `stream`: judged while it is read, if its model and format allow. The text must be there to be read again.
 * - `prefix`: only what had been called by `untilUs`, in the first `lines` operations of the text, is kept:
 *   a stream that broke off there has read `count` in all.
 */
export type Reading =
  | { readonly kind: 'whole' }
  | { readonly kind: 'stream' }
  | {
      readonly kind: 'prefix';
      readonly untilUs: Micros;
      readonly lines: number;
      readonly count: number;
    };

/** The text has to be read again. */
export interface Again {
  readonly again: Reading;
}

export const WHOLE: Reading = { kind: 'whole' };
export const STREAM: Reading = { kind: 'stream' };
