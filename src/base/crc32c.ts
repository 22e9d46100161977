// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), slice-by-8 in plain TypeScript.
// zlib.crc32 is IEEE, not Castagnoli, and costs more per call at record sizes.

const TABLES = buildTables();

function buildTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
    tables[n] = c | 0;
  }
  for (let n = 0; n < 256; n++) {
    let c = tables[n]!;
    for (let t = 1; t < 8; t++) {
      c = tables[c & 255]! ^ (c >>> 8);
      tables[t * 256 + n] = c | 0;
    }
  }
  return tables;
}

/**
 * CRC-32C of `source[start, end)`, continued from `previous` (0 to begin), as a u32.
 * Linear in the bytes; about 1.5 ns a byte.
 */
export function crc32c(
  source: Uint8Array,
  previous = 0,
  start = 0,
  end: number = source.length,
): number {
  const t = TABLES;
  let c = ~previous;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    c ^= source[at]! | (source[at + 1]! << 8) | (source[at + 2]! << 16) | (source[at + 3]! << 24);
    c =
      t[1792 + (c & 255)]! ^
      t[1536 + ((c >>> 8) & 255)]! ^
      t[1280 + ((c >>> 16) & 255)]! ^
      t[1024 + (c >>> 24)]! ^
      t[768 + source[at + 4]!]! ^
      t[512 + source[at + 5]!]! ^
      t[256 + source[at + 6]!]! ^
      t[source[at + 7]!]!;
  }
  for (; at < end; at++) c = t[(c ^ source[at]!) & 255]! ^ (c >>> 8);
  return ~c >>> 0;
}
