import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { unavailable } from '../errors/index.ts';
import { frameHeader, FrameReader } from './frames.ts';
import { limitedCommand, type ProcessLimits } from './process-limits.ts';
import { residentMemory } from './process-status.ts';
import { processEnvironment } from './sandbox-config.ts';
import { SandboxError } from './sandbox-error.ts';

export type Answer =
  | { readonly value: unknown }
  | {
      readonly problem: string;
      readonly reason?: 'MEMORY';
      readonly details: Record<string, unknown>;
      /** The process is to be replaced. */
      readonly last?: boolean;
    };

/** A process that cannot take a task by then never will. */
const START_TIMEOUT_MS = 15_000;
/** What V8 writes when it ends a process is kept out of the log; its beginning says why. */
const MAX_TRACE_CHARACTERS = 4_000;

/** What a process runs, and what it may take. */
export interface ProcessKind {
  /** Path of the file, which speaks as `sandbox-process.mjs` does. */
  readonly file: string;
  readonly limits: ProcessLimits;
  /** Of one answer; a process that writes a larger one is ended. */
  readonly maxAnswerBytes: number;
}

interface Handle {
  ref(): void;
  unref(): void;
}

interface Work {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** One process, as its parent sees it. It runs one task at a time. */
export class SandboxProcess {
  /** Rejects with a sentence why, when the process ends before it was ready. */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  readonly pid: number;
  /** Name of the work it did last, where work has names. */
  affinity: string | undefined;
  private readonly child: ChildProcess;
  private readonly tasks: Duplex;
  /** Do not keep this process from ending, but while one of the sandbox is being ended. */
  private readonly handles: readonly Handle[];
  private work: Work | undefined;
  private ended = false;
  private trace = '';
  private lastResident = 0;

  constructor(private readonly kind: ProcessKind) {
    const { command, args } = limitedCommand(kind.file, kind.limits);
    this.child = spawn(command, args, {
      // Tasks and answers, and a lifeline whose end tells the process that this one is gone.
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      env: processEnvironment(),
      cwd: '/',
      // Keys pressed in the terminal are for this process alone.
      detached: true,
    });
    this.pid = this.child.pid ?? 0;
    const [, , trace, tasks, lifeline] = this.child.stdio as [null, null, Readable, Duplex, Duplex];
    this.tasks = tasks;
    // What goes wrong with a pipe ends the process too, and is told by that.
    for (const stream of [trace, tasks, lifeline]) stream.on('error', () => this.child.kill('SIGKILL'));
    trace.on('data', (chunk: Buffer) => {
      if (this.trace.length < MAX_TRACE_CHARACTERS) this.trace += chunk.toString('latin1');
    });
    this.handles = [this.child, trace, tasks, lifeline] as unknown as Handle[];
    for (const handle of this.handles) handle.unref();
    this.gone = new Promise((resolve) => {
      this.child.once('error', (error) => this.lost(error.message, null));
      this.child.once('error', () => resolve());
      this.child.once('close', (code, signal) => {
        this.lost(signal ?? `code ${code}`, signal);
        resolve();
      });
    });
    this.ready = this.untilReady();
    const frames = new FrameReader(
      (frame) => this.settle(frame),
      kind.maxAnswerBytes,
      () => this.end(new SandboxError('FAILED', 'answered more than it may')),
    );
    tasks.on('data', (chunk: Buffer) => frames.add(chunk));
  }

  get isAlive(): boolean {
    return !this.ended;
  }

  /** Bytes in memory when last looked at; 0 where the system does not tell. */
  get resident(): number {
    return this.lastResident;
  }

  look(): number {
    this.lastResident = residentMemory(this.pid) ?? this.lastResident;
    return this.lastResident;
  }

  /** `message`: pieces of one JSON text. Rejects when the process ends before it has answered. */
  run(message: readonly Buffer[]): Promise<Answer> {
    const answer = new Promise<Answer>((resolve, reject) => (this.work = { resolve, reject }));
    const length = message.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (message.length === 1) {
      this.tasks.write(Buffer.concat([frameHeader(length), ...message]));
    } else {
      this.tasks.cork();
      this.tasks.write(frameHeader(length));
      for (const piece of message) this.tasks.write(piece);
      this.tasks.uncork();
    }
    return answer;
  }

  /** Asks it to give up what it does, and to answer; only for kinds that understand an empty frame. */
  interrupt(): void {
    this.tasks.write(frameHeader(0));
  }

  /** Ends the process at once; what it does fails with `error`. */
  end(error: Error): void {
    this.ended = true;
    for (const handle of this.handles) handle.ref();
    this.child.kill('SIGKILL');
    this.fail(error);
  }

  private async untilReady(): Promise<void> {
    const timer = setTimeout(() => this.end(new Error(`not ready after ${START_TIMEOUT_MS} ms`)), START_TIMEOUT_MS);
    try {
      await new Promise<Answer>((resolve, reject) => (this.work = { resolve, reject }));
    } finally {
      clearTimeout(timer);
    }
  }

  private settle(frame: Buffer): void {
    const { work } = this;
    this.work = undefined;
    work?.resolve(JSON.parse(frame.toString()) as Answer);
  }

  private fail(error: Error): void {
    const { work } = this;
    this.work = undefined;
    work?.reject(error);
  }

  /** The process has ended by itself, or by somebody else's hand. */
  private lost(cause: string, signal: NodeJS.Signals | null): void {
    this.ended = true;
    this.fail(this.reasonOf(cause, signal));
  }

  private reasonOf(cause: string, signal: NodeJS.Signals | null): Error {
    const tooMuch = new SandboxError('MEMORY', 'needed too much memory');
    if (/out of memory|heap limit|bad_alloc|allocation failed/i.test(this.trace)) return tooMuch;
    switch (signal) {
      case 'SIGKILL':
        // The kernel ends what is big when there is no memory left; up to the worn size, a process is as big as others.
        return this.lastResident > this.kind.limits.wornResidentBytes ? tooMuch : lostProcess();
      case 'SIGTERM':
      case 'SIGINT':
      case 'SIGHUP':
      case 'SIGQUIT':
        return lostProcess();
      case null: {
        const said = this.trace.split('\n').find((line) => /error/i.test(line)) ?? cause;
        return new SandboxError('FAILED', `ended its process (${said.slice(0, 200)})`);
      }
      default:
        // Faults of the process: memory that could not be had, a stack that was too small.
        return tooMuch;
    }
  }
}

/** It was not the program's fault: it may be tried again. */
export const lostProcess = () => unavailable('The process that did this was ended from outside. Try again.');
