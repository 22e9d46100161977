// Reads the unit cases of etcd's robustness tests (test/data/histories/etcd-robustness).

import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import type { Json } from '../../src/check/format/json.js';
import { parsed } from '../../src/check/format/parsed.js';
import {
  ROBUSTNESS_SCHEMAS,
  type RobustnessKind,
} from '../../src/check/format/schema/robustness-schema.js';

const DIRECTORY = 'test/data/histories/etcd-robustness';

export function readCases<K extends RobustnessKind>(
  kind: K,
  file: string,
): z.output<(typeof ROBUSTNESS_SCHEMAS)[K]>[] {
  const cases = JSON.parse(readFileSync(`${DIRECTORY}/${file}.json`, 'utf8')) as Json[];
  const schema: z.ZodType = ROBUSTNESS_SCHEMAS[kind];
  return cases.map(
    (one) =>
      parsed(schema, one, () => ({ line: 1, column: 1 })) as z.output<
        (typeof ROBUSTNESS_SCHEMAS)[K]
      >,
  );
}
