// What a command needs from the process around it, so that tests can run commands in-process.
// Not here: the process itself (main.ts).

import pc from 'picocolors';

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Host {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Results. */
  readonly stdout: Output;
  /** Progress, warnings and errors. */
  readonly stderr: Output;
  /** Aborted on Ctrl-C with reason `SIGINT`, or on SIGTERM with reason `SIGTERM`. */
  readonly signal: AbortSignal;
}

export type Colors = ReturnType<typeof pc.createColors>;

/** Colours for an output: only on a terminal, and not against `NO_COLOR` (no-color.org). */
export function colorsFor(host: Host, output: Output): Colors {
  const { NO_COLOR: no, FORCE_COLOR: force, TERM } = host.env;
  if (no !== undefined && no !== '') return pc.createColors(false);
  if (force !== undefined && force !== '' && force !== '0') return pc.createColors(true);
  return pc.createColors(output.isTTY === true && TERM !== 'dumb');
}
