// Values as sentences show them: bare where nothing can be misread, and short.

const LENGTH_MAX = 48;
const KEPT = 20;

/** A byte string or text: bare if it is a plain word, else quoted; the middle of a long one is left out. */
export function valueWords(text: string): string {
  const shown = /^[\w:./-]+$/.test(text) ? text : JSON.stringify(text);
  if (shown.length <= LENGTH_MAX) return shown;
  return `${shown.slice(0, KEPT)}…${shown.slice(-KEPT)} (${text.length} characters)`;
}
