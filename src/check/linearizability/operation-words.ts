// How reasons name an operation: by id and client, with what it asked, what it was answered, and when.

import type { Operation } from '../history.js';
import type { Model } from './model.js';

/** For example `operation 3 of client 1 (read -> 7, 50 to 60 us)`. */
export function operationWords<I, O>(
  { id, client, input, output, callUs, returnUs }: Operation<I, O>,
  describe: Model<never, I, O>['describeOperation'],
): string {
  return `operation ${id} of client ${client} (${describe(input, output)}, ${callUs} to ${returnUs} us)`;
}
