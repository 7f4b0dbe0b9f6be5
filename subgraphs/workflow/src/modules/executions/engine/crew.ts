/** Executions of bodies in one job, so that a long one does not keep its place in the queue for ever. */
const MAX_PARTS_OF_JOB = 32;

/** Work that makes more work while it runs. The first failure is that of all; what has begun is still waited for. */
export class Crew {
  private readonly running = new Set<Promise<void>>();
  /** Executions of bodies that it may still take up; the rest takes its turn among those of other starters. */
  private parts = MAX_PARTS_OF_JOB;
  private failure: { readonly error: unknown } | undefined;

  add(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => this.running.delete(running));
    this.running.add(running);
  }

  /** So many of these. */
  takeParts(wanted: number): number {
    const taken = Math.min(wanted, this.parts);
    this.parts -= taken;
    return taken;
  }

  get size(): number {
    return this.running.size;
  }

  /** Until nothing runs any more. */
  async done(): Promise<void> {
    while (this.running.size > 0) await Promise.race(this.running);
    if (this.failure) throw this.failure.error;
  }
}
