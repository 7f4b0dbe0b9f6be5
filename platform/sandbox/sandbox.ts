import type { Logger } from '../logging/index.ts';
import { toMessage } from './message.ts';
import { fileOfProcess } from './process-file.ts';
import type { Requester } from './requester.ts';
import { defaultProcesses } from './sandbox-config.ts';
import { SandboxError } from './sandbox-error.ts';
import { SYSTEM } from './sandbox-job.ts';
import { SandboxPool } from './sandbox-pool.ts';
import type { ProcessKind } from './sandbox-process.ts';

/** Work that users have written. Its language decides what a program is. */
export interface SandboxTask {
  readonly language: 'jsonata' | 'cel' | 'liquid' | 'json-schema' | 'text' | 'secrets' | 'openapi';
  /** JSON data: a text, or texts with what belongs to them. */
  readonly program: unknown;
  /** JSON data. */
  readonly input: unknown;
}

export interface SandboxOptions extends Requester {
  /** How long the work itself may take; waiting does not count. */
  readonly timeoutMs: number;
  /** How long it may go on while nothing waits that could take its place; `timeoutMs` when left out. */
  readonly idleTimeoutMs?: number | undefined;
}

export interface SandboxSettings {
  /** Most processes at the same time; null: as many as suit the machine. */
  readonly processes: number | null;
  readonly logger?: Logger;
}

const WAITING_PER_OWNER = 100;
const WAITING_OF_SYSTEM = 1_000;
const WAIT_MS = 30_000;
const KEEP_MS = 60_000;

const processKind = (): ProcessKind => ({
  file: fileOfProcess('sandbox-process', import.meta.url),
  limits: { heapMb: 192, dataKb: 400_000, maxResidentBytes: 480_000_000, wornResidentBytes: 224_000_000 },
  // The process itself limits results to 1 MB; this holds when it does not.
  maxAnswerBytes: 8 * 1_048_576,
});

let settings: SandboxSettings = { processes: null };
let pool: SandboxPool | undefined;

/** For the processes that are started from now on. */
export function configureSandbox(wanted: SandboxSettings): void {
  settings = wanted;
}

function openPool(): SandboxPool {
  const { processes, logger } = settings;
  return new SandboxPool({
    kind: processKind(),
    processes: processes ?? defaultProcesses(),
    waitingPerOwner: WAITING_PER_OWNER,
    waitingOfSystem: WAITING_OF_SYSTEM,
    waitMs: WAIT_MS,
    keepMs: KEEP_MS,
    onStartFailure: (error) => logger?.error({ err: error }, 'a process of the sandbox cannot be started'),
  });
}

/**
 * Runs the work in a separate process with 192 MB of heap and 400 MB in total, which is killed when it exceeds its time limit.
 * The input may have 16 MB. The result is JSON data of at most 1 MB, with at most 100,000 lists and objects.
 *
 * Throws SandboxError for what would fail again; a PublicError, RATE_LIMITED or UNAVAILABLE, for work that was not done
 * because too much waits (100 pieces of one owner, or 30 s), or because its process was ended from outside.
 */
export async function runInSandbox(task: SandboxTask, options: SandboxOptions): Promise<unknown> {
  const { timeoutMs, idleTimeoutMs = timeoutMs, owner = SYSTEM, urgent = false } = options;
  const { language, program, input } = task;
  const message = () => toMessage({ language, program, input: input ?? null });
  pool ??= openPool();
  const answer = await pool.run({ owner, urgent, timeoutMs, idleTimeoutMs, message });
  if ('value' in answer) return answer.value;
  throw new SandboxError(answer.reason ?? 'FAILED', answer.problem, answer.details);
}

/** Ids of the processes that are there. */
export const sandboxPids = (): readonly number[] => pool?.pids ?? [];

/** Ends the processes; later work starts them again. Work under way fails. */
export async function closeSandbox(): Promise<void> {
  const closing = pool;
  pool = undefined;
  await closing?.close();
}
