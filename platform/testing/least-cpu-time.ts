const TRIES = 20;

/**
 * The least processor time of some runs, in milliseconds: what a piece of work takes by itself. One run can be several
 * times that, by the collector of garbage, by compiling, or on a machine whose processor is shared. Stops at the first run
 * below the limit.
 */
export async function leastCpuMs(limitMs: number, work: (run: number) => unknown): Promise<number> {
  let least = Infinity;
  for (let run = 0; run < TRIES && least >= limitMs; run++) {
    const before = process.cpuUsage();
    await work(run);
    least = Math.min(least, process.cpuUsage(before).user / 1_000);
  }
  return least;
}
