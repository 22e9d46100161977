// What all our HTML documents share: one file that needs nothing else, neither network nor other files.
// Scripts are the sources of self-contained functions, data is JSON, compressed where it is long.

import { gzipSync } from 'node:zlib';

/** Longer data is embedded compressed. Shorter data stays readable and searchable in the file. */
const PLAIN_BYTES_MAX = 1_000_000;

/** With this no request is possible. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";

export interface Page {
  /** Plain text. */
  readonly title: string;
  readonly style: string;
  /** HTML. */
  readonly body: string;
  readonly data: unknown;
  /** Each part is one function that uses nothing outside itself: its source is all there is to it. */
  readonly parts: Readonly<Record<string, (...inputs: never[]) => unknown>>;
  /** A statement that starts the page, with `data` and the parts by their names. */
  readonly start: string;
}

/** The whole document. The element `trouble` shows why the script could not start. */
export function renderPage({ title, style, body, data, parts, start }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
${dataElement(data)}
<script>${script(parts, start)}</script>
</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** JSON, which no text in it can end: every `<` is written as an escape. */
function dataElement(data: unknown): string {
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  if (Buffer.byteLength(json) <= PLAIN_BYTES_MAX)
    return `<script type="application/json" id="data">${json}</script>`;
  const packed = gzipSync(json).toString('base64');
  return `<script type="application/gzip+base64" id="data">${packed}</script>`;
}

function script(parts: Page['parts'], start: string): string {
  const sources = Object.entries(parts).map(([name, part]) => `const ${name} = ${bare(part)};`);
  // Some compilers wrap inner functions in a helper that names them; here it need do nothing.
  const source = `'use strict';
const __name = (target) => target;
${sources.join('\n')}
(async () => {
  const element = document.getElementById('data');
  let text = element.textContent;
  if (element.type.endsWith('base64')) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    text = await new Response(stream).text();
  }
  element.remove();
  const data = JSON.parse(text);
  ${start}
})().catch((error) => {
  const trouble = document.getElementById('trouble');
  trouble.hidden = false;
  trouble.textContent = 'The explorer could not start: ' + error;
  throw error;
});`;
  if (/<\/script|<!--/i.test(source))
    throw new Error('the viewer would end its own script element');
  return source;
}

/** Source without comment lines and indentation; the parts have no text that spans lines. */
function bare(part: (...inputs: never[]) => unknown): string {
  return part
    .toString()
    .replace(/^\s*\/\*\*[\s\S]*?\*\/\s*$/gm, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/^\s+/gm, '');
}
