// Loaded before the command (`node --import`), in every thread: serves the sources with a planted bug.

import { readFileSync } from 'node:fs';
import { register } from 'node:module';

register('./hook.mjs', import.meta.url, {
  data: JSON.parse(readFileSync(process.env.SIMQUAKE_PLANTED, 'utf8')),
});
