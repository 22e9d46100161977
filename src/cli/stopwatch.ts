// Real time spent so far, for budgets that a person gave in seconds. Nowhere near a run.

export class Stopwatch {
  private readonly startMs = performance.now();

  get seconds(): number {
    return (performance.now() - this.startMs) / 1000;
  }
}
