// The key-value histories of porcupine's test data: one event a line, as
// `{:process 0, :type :invoke, :f :append, :key "0", :value "x"}`, which is EDN.

import type { Operation } from '../history.js';
import type { KvInput, KvOutput } from '../linearizability/objects/kv.js';
import { parseClientEvents } from './client-events.js';
import { kvDecoder } from './decode/kv.js';
import { EventOperations } from './event-operations.js';

/** Throws FormatError on an event that is not in the format. The number of the event is the time. */
export function parsePorcupineKv(text: string): Operation<KvInput, KvOutput>[] {
  const operations = new EventOperations(kvDecoder);
  for (const event of parseClientEvents(text, 'edn')) operations.add(event);
  return operations.finish();
}
