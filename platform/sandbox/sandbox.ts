import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';

/** Work that users have written. Its language decides what a program is. */
export interface SandboxTask {
  readonly language: 'jsonata' | 'cel' | 'liquid' | 'json-schema';
  /** Text, or texts with what belongs to them. */
  readonly program: unknown;
  /** JSON data. */
  readonly input: unknown;
}

export interface SandboxOptions {
  /** How long the work itself may take; waiting does not count. */
  readonly timeoutMs: number;
  /** For whom it is done, e.g. the id of a user: places are shared fairly between owners. */
  readonly owner?: string | undefined;
}

/** FAILED: the program itself did. TIMEOUT, MEMORY: it was ended because it took too much. */
export class SandboxError extends Error {
  constructor(
    readonly reason: 'FAILED' | 'TIMEOUT' | 'MEMORY',
    message: string,
    /** What the language tells besides the message, e.g. a position. */
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'SandboxError';
  }
}

type Answer = { readonly json: string } | { readonly problem: string; readonly details: Record<string, unknown> };

/** A thread that has not begun by then will not. */
const START_TIMEOUT_MS = 30_000;

/** In the bundle the worker lies in dist/workers, in the source tree beside this file. */
function workerFile(): string {
  const places = ['../workers/sandbox-worker.mjs', './sandbox-worker.mjs'];
  const found = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(fileURLToPath(url)));
  if (!found) throw new Error('sandbox-worker.mjs is missing');
  return found.href;
}

let pool: Piscina<unknown, Answer> | undefined;

const openPool = () =>
  new Piscina<unknown, Answer>({
    filename: workerFile(),
    minThreads: 1,
    maxThreads: 2,
    concurrentTasksPerWorker: 1,
    idleTimeout: 60_000,
    maxQueue: 10_000,
    recordTiming: false,
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
    env: {},
  });

/**
 * Runs in a worker thread, which is ended when the work itself takes longer than `timeoutMs`; waiting for a free
 * thread does not count. Gives JSON data, at most 1 MB. Throws SandboxError.
 */
export async function runInSandbox(task: SandboxTask, { timeoutMs }: SandboxOptions): Promise<unknown> {
  pool ??= openPool();
  const clock = new Int32Array(new SharedArrayBuffer(8));
  const sentAt = Date.now();
  const watch = watchClock(clock, sentAt, timeoutMs);
  try {
    const message = { ...task, input: JSON.stringify(task.input ?? null), clock, sentAt };
    const answer = await pool.run(message, { signal: watch.signal });
    if ('json' in answer) return JSON.parse(answer.json) as unknown;
    throw new SandboxError('FAILED', answer.problem, answer.details);
  } catch (error) {
    if (error instanceof SandboxError) throw error;
    if (watch.signal.aborted) throw new SandboxError('TIMEOUT', `took longer than ${timeoutMs} ms`);
    if (isOutOfMemory(error)) throw new SandboxError('MEMORY', 'needed too much memory');
    throw new SandboxError('FAILED', error instanceof Error ? error.message : String(error), {}, { cause: error });
  } finally {
    watch.stop();
  }
}

const isOutOfMemory = (error: unknown) => (error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY';

/** Aborts `timeoutMs` after the worker has begun, as the shared clock tells. */
function watchClock(clock: Int32Array, sentAt: number, timeoutMs: number) {
  const abort = new AbortController();
  let timer: NodeJS.Timeout;
  const look = () => {
    const waited = Date.now() - sentAt;
    const begun = Atomics.load(clock, 0) === 1;
    const left = begun ? Atomics.load(clock, 1) + timeoutMs - waited : START_TIMEOUT_MS - waited;
    if (left <= 0) abort.abort();
    else timer = setTimeout(look, begun ? left : Math.min(left, timeoutMs));
  };
  timer = setTimeout(look, timeoutMs);
  return { signal: abort.signal, stop: () => clearTimeout(timer) };
}

/** Ends the threads; later work starts them again. Work under way fails. */
export async function closeSandbox(): Promise<void> {
  const closing = pool;
  pool = undefined;
  await closing?.destroy();
}
