import { Pool } from 'undici';
import type { ProductAddress } from './test-config.ts';

export interface Watched<T> {
  readonly result: T;
  /**
   * The longest time the product's event loop was held, by its own measure; never more than the processor time it has
   * used meanwhile, which is what keeps the noise of the machine out.
   */
  readonly heldMs: number;
  /** The longest time a neighbour waited for the cheapest answer there is; the test's own pauses are in it. */
  readonly neighbourMs: number;
  /** How often the neighbour was answered. */
  readonly neighbours: number;
}

/** The product's own clock for its event loop ticks this often. */
const RESOLUTION_MS = 10;
const EVERY_MS = 5;
const LAG = 'nodejs_eventloop_lag_max_seconds';
const USED = 'process_cpu_seconds_total';

/** Does `work` while the product's event loop is watched, from within and by a neighbour on another connection. */
export async function watchLoop<T>(product: Pick<ProductAddress, 'url'>, work: () => Promise<T>): Promise<Watched<T>> {
  const pool = new Pool(product.url, { connections: 1 });
  let working = true;
  let neighbourMs = 0;
  let neighbours = 0;
  const ask = async () => {
    while (working) {
      const begun = performance.now();
      await read(pool, '/health');
      neighbourMs = Math.max(neighbourMs, performance.now() - begun);
      neighbours += 1;
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  };
  try {
    // Reading the metrics begins a new measurement.
    const before = await read(pool, '/metrics');
    const neighbour = ask();
    const result = await work().finally(() => {
      working = false;
    });
    await neighbour;
    const after = await read(pool, '/metrics');
    const lagMs = valueOf(after, LAG) * 1_000 - RESOLUTION_MS;
    const usedMs = (valueOf(after, USED) - valueOf(before, USED)) * 1_000;
    return { result, heldMs: Math.max(0, Math.min(lagMs, usedMs)), neighbourMs, neighbours };
  } finally {
    await pool.close();
  }
}

/** What the process holds, by its own measure. */
export async function memoryOf(product: Pick<ProductAddress, 'url'>) {
  const pool = new Pool(product.url, { connections: 1 });
  try {
    const metrics = await read(pool, '/metrics');
    return {
      residentBytes: valueOf(metrics, 'process_resident_memory_bytes'),
      heapBytes: valueOf(metrics, 'nodejs_heap_size_used_bytes') + valueOf(metrics, 'nodejs_external_memory_bytes'),
    };
  } finally {
    await pool.close();
  }
}

async function read(pool: Pool, path: string): Promise<string> {
  const { body } = await pool.request({ method: 'GET', path });
  return body.text();
}

function valueOf(metrics: string, name: string): number {
  const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics) ?? [];
  if (value === undefined) throw new Error(`The product has no metric ${name}.`);
  return Number(value);
}
