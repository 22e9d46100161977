// Values as sentences show them: bare where nothing can be misread, and short.

const VALUE_MAX = 48;
const VALUE_KEPT = 20;
const TEXT_MAX = 160;
const TEXT_KEPT = 70;

/** A byte string or text: bare if it is a plain word, else quoted; the middle of a long one is left out. */
export function valueWords(text: string): string {
  const shown = /^[\w:./-]+$/.test(text) ? text : JSON.stringify(text);
  if (shown.length <= VALUE_MAX) return shown;
  return `${shown.slice(0, VALUE_KEPT)}…${shown.slice(-VALUE_KEPT)} (${text.length} characters)`;
}

/** A description of an operation without the middle of a long one. */
export function shortened(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_KEPT)}…${text.slice(-TEXT_KEPT)}`;
}
