import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { serverEnvironment } from './cluster.ts';
import { DatabaseStartError, describeError } from './errors.ts';
import { giveTo, type ServerLocation } from './location.ts';
import { isRunning, processCommand, processStart } from './process-identity.ts';

/** After a crash the server replays its log first. */
const START_TIMEOUT_MS = 120_000;
/** Together below the ten seconds that orderly shutdown gives each part. */
const FAST_STOP_MS = 7_000;
const IMMEDIATE_STOP_MS = 2_000;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // A product in one process holds about 110.
  max_connections: '600',
  shared_buffers: '128MB',
  fsync: 'on',
  // Short statements on few cores: compiling them or spreading them over processes costs more than it gives.
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  timezone: 'UTC',
  // The log is for why the server does not run; statements and their values do not belong there.
  logging_collector: 'off',
  log_destination: 'stderr',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
};

/** For data that is thrown away: nothing waits for the disk. What is committed outlives the server, not the machine. */
const FORGETFUL: Readonly<Record<string, string>> = { fsync: 'off', full_page_writes: 'off' };

export interface ServerOptions {
  /** The one it had before it ended, when it is started again; a free one when left out. */
  readonly port?: number;
  /** Whether what is committed outlives the machine. */
  readonly durable: boolean;
}

const PORT_TAKEN = /could not bind|could not create any TCP/;
const STILL_THERE = /pre-existing shared memory block|lock file "postmaster.pid" already exists/;
const ATTEMPTS_AGAIN = 40;
const AGAIN_AFTER_MS = 250;

export interface ServerProcess {
  readonly port: number;
  /** Resolves when the server has ended for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends open transactions and the server, with everything committed on disk. */
  stop(): Promise<void>;
  /** The same without waiting, for a process that is about to end. */
  signalStop(): void;
}

/**
 * Starts the server on 127.0.0.1 and waits until it accepts connections: on a free port, or on the one it had before it
 * ended, when it is started again.
 */
export async function startServer(location: ServerLocation, options: ServerOptions): Promise<ServerProcess> {
  const { port, durable } = options;
  const again = port !== undefined;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await launch(location, port ?? (await freePort()), durable);
    if (typeof outcome !== 'string') return outcome;
    // Somebody took the port between our looking and the server's binding.
    if (attempt < 5 && !again && PORT_TAKEN.test(outcome)) continue;
    // What is left of a server that was killed ends a moment after it.
    if (attempt < ATTEMPTS_AGAIN && again && (PORT_TAKEN.test(outcome) || STILL_THERE.test(outcome))) {
      await delay(AGAIN_AFTER_MS);
      continue;
    }
    throw new DatabaseStartError(
      `The database in ${location.data} does not start (${lastReason(outcome)}): ` +
        `see ${logFile(location)}; restore the folder from a backup, or remove it to start anew.`,
    );
  }
}

/**
 * Ends a server that a killed process of ours left on this cluster. Only for the owner of the data folder's lock. A
 * pid file whose process is something else by now is removed, because PostgreSQL would take it for a running server.
 */
export async function stopOrphan(location: ServerLocation): Promise<void> {
  const pidFile = join(location.data, 'postmaster.pid');
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n', 1)[0]);
  if (!Number.isInteger(pid) || pid <= 1 || (await processStart(pid)) === null) return;
  const command = await processCommand(pid);
  if (command !== null && !command.includes(location.data)) {
    await rm(pidFile, { force: true });
    return;
  }
  try {
    await endProcess(pid, () => (isRunning(pid) ? processStart(pid) : Promise.resolve(null)));
  } catch (error) {
    throw new DatabaseStartError(
      `The database in ${location.data} is held by process ${pid}, which cannot be stopped (${describeError(error)}).`,
      { cause: error },
    );
  }
}

/** The running server, or what it wrote when it ended instead. */
async function launch(location: ServerLocation, port: number, durable: boolean): Promise<ServerProcess | string> {
  const log = await open(logFile(location), 'w', 0o600);
  await giveTo(location.account, logFile(location));
  const given = { ...SETTINGS, ...(durable ? {} : FORGETFUL), port: String(port) };
  const settings = Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let child: ChildProcess;
  try {
    child = spawn(location.binaries.postgres, ['-D', location.data, ...settings], {
      ...location.account,
      cwd: dirname(location.data),
      env: serverEnvironment(),
      // Its own process group: Ctrl-C must reach this process alone, which stops the server last.
      detached: true,
      // A file, not a pipe: the server outlives a killed parent and may go on writing.
      stdio: ['ignore', log.fd, log.fd],
    });
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  } catch (error) {
    throw new DatabaseStartError(`The database server cannot be run (${describeError(error)}).`, { cause: error });
  } finally {
    await log.close();
  }
  const pid = child.pid ?? 0;
  let running = true;
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      running = false;
      resolve();
    }),
  );
  child.unref();

  const deadline = Date.now() + START_TIMEOUT_MS;
  while (running && Date.now() < deadline) {
    if (await isReady(location.data, pid)) {
      const stop = (): Promise<void> => endProcess(pid, () => Promise.resolve(running ? 'running' : null));
      return { port, ended, stop, signalStop: () => void (running && process.kill(pid, 'SIGINT')) };
    }
    await delay(15);
  }
  if (running) await endProcess(pid, () => Promise.resolve(running ? 'running' : null));
  return readFile(logFile(location), 'utf8').catch(() => '');
}

/** The server writes its state into the last line of its pid file. */
async function isReady(data: string, pid: number): Promise<boolean> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}

/** Fast shutdown, then immediate (the log makes it good at the next start), then the hard way. */
async function endProcess(pid: number, alive: () => Promise<string | null>): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
    ['SIGKILL', 1_000],
  ] as const) {
    if ((await alive()) === null) return;
    process.kill(pid, signal);
    const deadline = Date.now() + waitMs;
    while (Date.now() < deadline) {
      if ((await alive()) === null) return;
      await delay(15);
    }
  }
  if ((await alive()) !== null) throw new Error('it does not end');
}

export const logFile = (location: ServerLocation): string => join(dirname(location.data), 'server.log');

/** What a server that ended by itself wrote last. */
export const whyItEnded = async (location: ServerLocation): Promise<string> =>
  lastReason(await readFile(logFile(location), 'utf8').catch(() => ''));

function lastReason(log: string): string {
  const lines = log.split('\n').filter((line) => /FATAL|PANIC/.test(line));
  return lines.at(-1)?.replace(/^.*?(FATAL|PANIC):\s*/, '') ?? log.trim().split('\n').at(-1) ?? 'it wrote nothing';
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
