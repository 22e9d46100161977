// Seeds of a campaign. A seed is a text from end to end: no number type ever holds one.
// Not here: how a seed becomes random streams (base/random.ts).

import { SEED_PATTERN } from '../base/random.js';
import { UsageError } from '../scenario/usage-error.js';

/** A list that may be long: seeds are made on demand. */
export interface SeedList {
  readonly count: number;
  at(index: number): string;
}

export const DEFAULT_SEED_COUNT = 20;

/** More is a typo, or a campaign that would not end in a year. */
const COUNT_MAX = 1_000_000_000n;

/** The seeds given one by one. */
export function seedsOf(seeds: readonly string[]): SeedList {
  return { count: seeds.length, at: (index) => seeds[index]! };
}

/** The seeds `1` to `count`. */
export function firstSeeds(count: number): SeedList {
  return { count, at: (index) => String(index + 1) };
}

/**
 * Reads the text of `--seed`.
 *
 * @throws UsageError naming what was probably meant
 */
export function parseSeed(text: string): string {
  if (SEED_PATTERN.test(text)) return text;
  throw new UsageError(
    `--seed ${shown(text)}: not a seed; ${guess(text)}a seed is a decimal number of at most 20 digits, ` +
      'or a git commit of 40 hex digits',
  );
}

/**
 * Reads the text of `--seeds`: `N` for the seeds 1 to N, or `A..B`, both ends included.
 *
 * @throws UsageError naming what was probably meant
 */
export function parseSeeds(text: string): SeedList {
  if (/^[0-9]{1,20}$/.test(text)) return range(1n, BigInt(text), text);
  const ends = /^([0-9]{1,20})\.\.([0-9]{1,20})$/.exec(text);
  if (ends !== null) return range(BigInt(ends[1]!), BigInt(ends[2]!), text);
  const dashed = /^([0-9]{1,20})\s*[-:,.]+\s*([0-9]{1,20})$/.exec(text);
  const meant = dashed === null ? guess(text) : `did you mean ${dashed[1]}..${dashed[2]}? `;
  throw new UsageError(
    `--seeds ${shown(text)}: neither a count nor a range; ${meant}` +
      'give a number N for the seeds 1 to N, or A..B',
  );
}

function range(from: bigint, to: bigint, text: string): SeedList {
  const count = to - from + 1n;
  if (count < 1n) {
    const turned = from === 1n ? 'at least one seed' : `the smaller end first: ${to}..${from}`;
    throw new UsageError(`--seeds ${text}: there is no seed in it; give ${turned}`);
  }
  if (count > COUNT_MAX) {
    throw new UsageError(`--seeds ${text}: ${count} seeds are too many; give at most ${COUNT_MAX}`);
  }
  return { count: Number(count), at: (index) => String(from + BigInt(index)) };
}

function guess(text: string): string {
  const trimmed = text.trim();
  if (/^[0-9]+\.\.[0-9]+$/.test(trimmed)) return `did you mean --seeds ${trimmed}? `;
  const plain = trimmed.toLowerCase().replace(/[\s_,']|^(?:seed[-=:]?|#|\+)/g, '');
  if (plain !== text && SEED_PATTERN.test(plain)) return `did you mean ${plain}? `;
  if (/^[0-9a-f]{7,39}$/.test(plain) && /[a-f]/.test(plain)) {
    return `did you mean the whole commit (git rev-parse ${plain})? `;
  }
  return '';
}

function shown(text: string): string {
  return /^[\w.:+-]+$/.test(text) ? text : JSON.stringify(text);
}
