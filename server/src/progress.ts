/** Reports slow steps, and their duration, on standard output. Fast steps are not reported. */
export class Progress {
  private current: { readonly title: string; readonly begun: number } | null = null;

  constructor(private readonly output: NodeJS.WritableStream) {}

  begin(title: string): void {
    this.end();
    this.current = { title, begun: performance.now() };
    this.output.write(`${title} …\n`);
  }

  end(): void {
    if (!this.current) return;
    const seconds = (performance.now() - this.current.begun) / 1_000;
    this.current = null;
    if (seconds >= 1) this.output.write(`  done in ${seconds.toFixed(1)} s\n`);
  }
}
