import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, cleanEnvironment } from './test-config.ts';

declare global {
  /** Those of the test file that run; the environment ends what the file has left, as when its setup took too long. */
  var runningChildren: Set<ChildProcess> | undefined;
}

/** A process of the product: started from the build, its output kept in a file. */
export class Child {
  private constructor(
    readonly process: ChildProcess,
    readonly logFile: string,
    /** Exit code, or the signal that ended it. */
    readonly ended: Promise<number | NodeJS.Signals>,
  ) {}

  /** `entry` is below `dist`, e.g. `server/main.js`. */
  static start(entry: string, logFile: string, env: NodeJS.ProcessEnv, args: readonly string[] = []): Child {
    const log = openSync(logFile, 'a');
    const child = spawn(process.execPath, ['--enable-source-maps', join(ROOT, 'dist', entry), ...args], {
      cwd: ROOT,
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const running = (globalThis.runningChildren ??= new Set());
    running.add(child);
    const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        running.delete(child);
        resolve(code ?? signal ?? 1);
      });
    });
    ended.catch(() => undefined);
    return new Child(child, logFile, ended);
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  get log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** kill -9: nothing is said, nothing is finished. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  /** It goes on running as far as others can see, and does nothing. */
  freeze(): void {
    this.process.kill('SIGSTOP');
  }

  thaw(): void {
    this.process.kill('SIGCONT');
  }

  /** As Ctrl-C does it; killed when it has not ended within 20 seconds. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | NodeJS.Signals> {
    if (!this.running) return this.ended;
    this.process.kill(signal);
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 20_000);
    try {
      return await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when `/health/ready` says so; rejects with the end of the log when the process ends before. */
  async ready(url: string, timeoutMs = 120_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      if (!this.running) throw new Error(`The process ended while starting:\n${this.log.slice(-4000)}`);
      const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
      await response?.arrayBuffer();
      if (response?.ok) return;
      if (performance.now() > deadline) {
        throw new Error(`${url} is not ready after ${timeoutMs} ms:\n${this.log.slice(-4000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
