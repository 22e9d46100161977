// Jepsen's console log of a register test (jepsen-log.ts) as operations. `:info` is unknown for ever; a failed
// cas compared unequal, which is an answer; a failed read says nothing; a read of nil found no value.

import type { Operation } from '../history.js';
import type { RegisterInput, RegisterOutput } from '../linearizability/objects/register.js';
import { LOG_DIALECT, registerDecoder } from './decode/register.js';
import { EventOperations } from './event-operations.js';
import { JepsenLogReader } from './jepsen-log.js';

/** Throws FormatError on a line that is not in the format. The number of the event is the time. */
export function parseJepsenRegisterLog(text: string): Operation<RegisterInput, RegisterOutput>[] {
  const reader = new JepsenLogReader();
  const operations = new EventOperations(registerDecoder(LOG_DIALECT));
  reader.push(text);
  reader.end();
  for (let event = reader.next(); event !== undefined; event = reader.next()) operations.add(event);
  return operations.finish();
}
