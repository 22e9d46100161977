// Files of histories: text in chunks, unpacked if it is packed with gzip. Not here: what the text says.

import { createReadStream, type ReadStream, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

const CHUNK_BYTES = 1 << 16;
const GZIP = [0x1f, 0x8b];

/** A file that cannot be read as text; `message` says why. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

export interface TextChunk {
  readonly text: string;
  /** Bytes of the file read so far. */
  readonly bytes: number;
}

/** Bytes of a file. Throws UnreadableFile. */
export function sizeOf(path: string): number {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw new UnreadableFile('a folder; give files, as in folder/*.edn');
    return stat.size;
  } catch (error) {
    throw unreadable(error);
  }
}

/** Whether the text is there to be read a second time: not that of a pipe. */
export function canReadAgain(path: string): boolean {
  return statSync(path).isFile();
}

/** The text of a file, in UTF-8. Throws UnreadableFile. */
export async function* textOf(path: string): AsyncGenerator<TextChunk> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    yield* decoded(await unpacked(file), file);
  } catch (error) {
    throw unreadable(error);
  } finally {
    file.destroy();
  }
}

async function* decoded(bytes: AsyncIterable<Buffer>, file: ReadStream): AsyncGenerator<TextChunk> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  let column = 1;
  for await (const chunk of bytes) {
    let text: string;
    try {
      text = decoder.decode(chunk, { stream: true });
    } catch {
      const before = new TextDecoder('utf-8').decode(chunk).split('\ufffd')[0]!;
      ({ line, column } = after(before, line, column));
      throw new UnreadableFile(`line ${line}, column ${column}: expected text in UTF-8`);
    }
    ({ line, column } = after(text, line, column));
    yield { text, bytes: file.bytesRead };
  }
  try {
    decoder.decode();
  } catch {
    throw new UnreadableFile(`line ${line}, column ${column}: expected text in UTF-8, but it ends`);
  }
}

function after(text: string, line: number, column: number): { line: number; column: number } {
  const last = text.lastIndexOf('\n');
  if (last < 0) return { line, column: column + text.length };
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return { line: line + lines, column: text.length - last };
}

async function unpacked(file: ReadStream): Promise<AsyncIterable<Buffer>> {
  const chunks = file[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first = await chunks.next();
  const rest = async function* (): AsyncGenerator<Buffer> {
    if (first.done !== true) yield first.value;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      yield next.value;
    }
  };
  const packed = first.done !== true && GZIP.every((byte, i) => first.value[i] === byte);
  return packed ? gunzipped(rest()) : rest();
}

async function* gunzipped(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  Readable.from(chunks).pipe(gunzip);
  yield* gunzip as AsyncIterable<Buffer>;
}

function unreadable(error: unknown): Error {
  if (error instanceof UnreadableFile) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error as Error;
  if (code === 'ENOENT') return new UnreadableFile('no such file');
  if (code.startsWith('Z_')) return new UnreadableFile(`not whole: ${(error as Error).message}`);
  return new UnreadableFile(`cannot be read (${code})`);
}
