// Counts work and says when it has been enough, so that a verdict depends on the history alone and never on
// the machine.

export class StepBudget {
  private readonly max: number;
  private done = 0;

  constructor(max: number) {
    this.max = max;
  }

  get used(): number {
    return this.done;
  }

  get left(): number {
    return Math.max(0, this.max - this.done);
  }

  get isSpent(): boolean {
    return this.done >= this.max;
  }

  spend(steps: number): void {
    this.done += steps;
  }
}
