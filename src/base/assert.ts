// Assertions, on in production as well: a broken invariant is our bug and must stop the node.
// Not here: operating errors (a failed write, a lost peer) and usage errors, which are handled.

/** Thrown by {@link assert}. Nobody catches it but the shell that hosts the process. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

/**
 * Throws {@link AssertionFailure} unless `condition` holds.
 *
 * @param message what must hold, with a guess at the cause of a failure
 * @param details the values on both sides, appended to the message; an object made at every call, so
 *   what runs for every event tests its condition first and calls this with `false`
 */
export function assert(
  condition: unknown,
  message: string,
  details?: Readonly<Record<string, unknown>>,
): asserts condition {
  if (condition) return;
  throw new AssertionFailure(details === undefined ? message : `${message} ${describe(details)}`);
}

/** Marks a branch that the types say cannot be taken. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unreachable: ${String(value)}`);
}

function describe(details: Readonly<Record<string, unknown>>): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(details)) parts.push(`${name}=${String(value)}`);
  return `(${parts.join(', ')})`;
}
