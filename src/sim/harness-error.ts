// An error of the harness itself, as opposed to one of the system under test. It ends the run and is
// never booked as a crash of a process; the command turns it into exit code 70.

/** Thrown through every layer of the engine: no process is blamed for it. */
export class HarnessError extends Error {
  override readonly name: string = 'HarnessError';

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
