import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { ExpressionError, messageOf } from './expression-error.ts';

interface Task {
  readonly language: 'jsonata' | 'cel';
  readonly expression: string;
  readonly input: unknown;
}

type Answer = { readonly json: string } | { readonly problem: string; readonly position?: number };

const DEFAULT_TIMEOUT_MS = 1_000;
/** A thread that has not begun by then will not. */
const START_TIMEOUT_MS = 30_000;

/** In the bundle the worker lies in dist/workers, in the source tree beside this file. */
function workerFile(): string {
  const places = ['../workers/expression-worker.mjs', './expression-worker.mjs'];
  const found = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(fileURLToPath(url)));
  if (!found) throw new Error('expression-worker.mjs is missing');
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
 * Evaluates in a worker thread, which is ended when the evaluation itself takes longer than `timeoutMs`; waiting for a
 * free thread does not count. Throws ExpressionError.
 */
export async function runInWorker(task: Task, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<unknown> {
  pool ??= openPool();
  const clock = new Int32Array(new SharedArrayBuffer(8));
  const sentAt = Date.now();
  const watch = watchClock(clock, sentAt, timeoutMs);
  try {
    const message = { ...task, input: JSON.stringify(task.input ?? null), clock, sentAt };
    const answer = await pool.run(message, { signal: watch.signal });
    if ('json' in answer) return JSON.parse(answer.json) as unknown;
    const position = Number.isInteger(answer.position) ? answer.position : undefined;
    throw new ExpressionError('EVALUATION', answer.problem, position);
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    if (watch.signal.aborted) throw new ExpressionError('TIMEOUT', `took longer than ${timeoutMs} ms`);
    if (isOutOfMemory(error)) throw new ExpressionError('TIMEOUT', 'needed too much memory');
    throw new ExpressionError('EVALUATION', messageOf(error), undefined, { cause: error });
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

/** Ends the threads; a later evaluation starts them again. Evaluations under way fail. */
export async function closeExpressions(): Promise<void> {
  const closing = pool;
  pool = undefined;
  await closing?.destroy();
}
