// Writes records into a corpus until it is killed, and says each key once the record is on disk.
// Arguments: folder, name of the writer.

import { writeSync } from 'node:fs';
import { Corpus } from '../../dist/fuzz/corpus.js';
import { planKey } from '../../dist/fuzz/corpus-record.js';

const [folder, name] = process.argv.slice(2);
const corpus = await Corpus.open(folder, folder);
for (let n = 0; ; n++) {
  const plan = { scenario: name, seed: String(n), padding: 'x'.repeat(n % 3000) };
  const envelope = { format: 1, simquake: '0', commit: null, dirty: false, finding: null };
  corpus.add({ ...envelope, reached: [`${name}-${n}`], plan });
  writeSync(1, `${planKey(plan)}\n`);
}
