import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DemoError, type DemoConfig } from './demo-config.ts';

/** A product that answers, and how to leave it. */
export interface Product {
  readonly url: string;
  /** Stops it when the demo has started it, unless it shall be kept. */
  leave(): Promise<void>;
}

const START_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 150;

/** Takes the running product, or starts one and waits until it is ready; an abort stops what it has started. */
export async function findOrStartProduct(
  config: DemoConfig,
  note: (line: string) => void,
  signal: AbortSignal,
): Promise<Product> {
  if (await isReady(config.url)) return { url: config.url, leave: async () => undefined };
  if (config.urlGiven) throw new DemoError(`No product answers at ${config.url} (asked ${config.url}/health/ready).`);
  note(`No product answers at ${config.url}: starting one … (one on another port is named by --url or PORT)`);
  return start(config, note, signal);
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function start(config: DemoConfig, note: (line: string) => void, signal: AbortSignal): Promise<Product> {
  // Its output goes to a file rather than a pipe, so that a kept product outlives the demo.
  const folder = await mkdtemp(join(tmpdir(), 'flowmesh-demo-'));
  const logFile = join(folder, 'product.log');
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, ['--enable-source-maps', join(config.root, 'dist/server/main.js')], {
    cwd: config.root,
    stdio: ['ignore', log, log],
    // A group of its own: Ctrl-C reaches the demo, which then stops the product in order.
    detached: true,
  });
  closeSync(log);
  const progress = followProgress(logFile, note);
  try {
    await untilReady(config.url, child, logFile, signal);
  } catch (error) {
    await stop(child);
    throw error;
  } finally {
    await progress.stop();
  }
  if (config.keep) {
    child.unref();
    note(`The product keeps running at ${config.url} (process ${child.pid}, its log is ${logFile}).`);
    return { url: config.url, leave: async () => undefined };
  }
  return {
    url: config.url,
    leave: async () => {
      await stop(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string, child: ChildProcess, logFile: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isReady(url))) {
    signal.throwIfAborted();
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new DemoError(
        `The product did not start; its log is ${logFile}. If one runs on another port, name it: --url http://localhost:<port>.`,
      );
    }
    if (Date.now() > deadline) throw new DemoError(`The product is not ready after ${START_TIMEOUT_MS / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Passes on what the product says while it starts; log records in JSON are left out unless something is wrong. */
function followProgress(file: string, note: (line: string) => void): { stop(): Promise<void> } {
  let seen = 0;
  const look = async () => {
    const text = await readFile(file, 'utf8').catch(() => '');
    const complete = text.slice(0, text.lastIndexOf('\n') + 1);
    for (const line of complete.slice(seen).split('\n')) {
      const shown = line.startsWith('{') ? seriousMessage(line) : line;
      if (shown.trim() !== '') note(`  │ ${shown}`);
    }
    seen = complete.length;
  };
  let looking = Promise.resolve();
  const timer = setInterval(() => (looking = looking.then(look)), POLL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return looking.then(look);
    },
  };
}

function seriousMessage(line: string): string {
  try {
    const { level, msg } = JSON.parse(line) as { level?: number; msg?: string };
    return (level ?? 0) >= 50 ? (msg ?? '') : '';
  } catch {
    return '';
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

/** Whom to sign in as: as told, else the first administrator as the product keeps it in its data folder. */
export async function findCredentials(config: DemoConfig): Promise<{ email: string; password: string }> {
  if (config.credentials) return config.credentials;
  const kept = await readFile(config.adminFile, 'utf8').catch(() => null);
  const { email, password } = kept === null ? {} : (JSON.parse(kept) as { email?: string; password?: string });
  if (email && password) return { email, password };
  throw new DemoError(
    `Whom shall the demo sign in as? Give --email and --password, or ADMIN_EMAIL and ADMIN_PASSWORD.`,
  );
}
