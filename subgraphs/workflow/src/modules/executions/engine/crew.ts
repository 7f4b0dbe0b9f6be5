/** Work that makes more work while it runs. The first failure is that of all; what has begun is still waited for. */
export class Crew {
  private readonly running = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  add(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => this.running.delete(running));
    this.running.add(running);
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
