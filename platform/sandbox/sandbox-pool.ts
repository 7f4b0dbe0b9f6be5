import { rateLimited, unavailable } from '../errors/index.ts';
import { FairQueue, type Queued } from '../fairness/index.ts';
import { isHalted, isStarved, processorTime } from './process-status.ts';
import { SandboxError, timedOut } from './sandbox-error.ts';
import { SYSTEM, type Job } from './sandbox-job.ts';
import { lostProcess, SandboxProcess, type Answer, type ProcessKind } from './sandbox-process.ts';

export interface PoolOptions {
  readonly kind: ProcessKind;
  /** Most processes at the same time. */
  readonly processes: number;
  /** How much work of one owner may wait; of nobody in particular. */
  readonly waitingPerOwner: number;
  readonly waitingOfSystem: number;
  /** Work waits so long for a place. */
  readonly waitMs: number;
  /** Processes that had nothing to do for so long are ended, but for two. */
  readonly keepMs: number;
  /** Told when a process cannot be started. */
  readonly onStartFailure: (error: Error) => void;
}

interface Waiting extends Queued {
  readonly job: Job;
  readonly resolve: (running: Running) => void;
  readonly reject: (error: Error) => void;
}

interface Running {
  readonly process: SandboxProcess;
  readonly job: Job;
  /** By `performance.now()`. */
  begun: number;
  /** It has had its time, and goes on because nobody waits. */
  overtime: boolean;
  /** It was asked to stop, and is ended then. */
  ending?: NodeJS.Timeout;
  /** By `processorTime`, when it was first looked at. */
  processorTimeBefore?: number | undefined;
}

/** Between two looks at time and memory. */
const LOOK_MS = 10;
/** So much more time work has that was starved. */
const STARVED_MS = 5_000;
/** Kept when there is nothing to do: one for an owner whose work lasts, one for whoever comes then. */
const WARM = 2;
/** So often in a row processes may fail to start, or end without work soon after; then none is started without need. */
const MAX_FAILURES = 3;
const STEADY_MS = 1_000;

/**
 * Pool of sandbox processes that do work for owners. One owner may use all processes but one, or all but two for work that no
 * person waits for, so that one is always available for the next owner: idle, or being started. Further work waits, and the
 * owners take turns. Work may exceed its time limit while no waiting work needs its process, and by five seconds when the
 * machine was too busy to run it; then it fails with a retryable error.
 */
export class SandboxPool {
  /** Until they are gone. */
  private readonly processes = new Set<SandboxProcess>();
  /** Used last at the end. */
  private readonly idle: SandboxProcess[] = [];
  private readonly running = new Set<Running>();
  private readonly waiting = new FairQueue<Waiting>();
  /** Owners whose work has ended its process: that place is theirs until another process is ready. */
  private owing: string[] = [];
  private starting = 0;
  private failures = 0;
  private closed = false;

  constructor(private readonly options: PoolOptions) {}

  /** Ids of the processes that are there. */
  get pids(): number[] {
    return [...this.processes].map(({ pid }) => pid);
  }

  /** Throws SandboxError, or a PublicError for work that was not done and may be tried again. */
  async run(job: Job): Promise<Answer> {
    const running = await this.place(job);
    try {
      const message = await job.message();
      if (!running.process.isAlive) throw lostProcess();
      job.stop?.signal.throwIfAborted();
      running.begun = performance.now();
      const watch = setInterval(() => this.look(running), LOOK_MS);
      const stop = () => this.stop(running, timedOut(`${job.stop?.graceMs} ms to stop`));
      job.stop?.signal.addEventListener('abort', stop, { once: true });
      try {
        const answer = await running.process.run(message);
        this.failures = 0;
        if ('problem' in answer && answer.last) running.process.end(lostProcess());
        return answer;
      } finally {
        clearInterval(watch);
        clearTimeout(running.ending);
        job.stop?.signal.removeEventListener('abort', stop);
      }
    } finally {
      this.running.delete(running);
      this.putBack(running.process);
      if (!running.process.isAlive) this.owing.push(job.owner);
      this.assign();
    }
  }

  /** Ends all processes and waits until they are gone. Work under way and waiting fails. */
  async close(): Promise<void> {
    this.closed = true;
    const error = unavailable('The product is stopping.');
    for (const { reject } of this.waiting.clear()) reject(error);
    const processes = [...this.processes];
    for (const process of processes) process.end(error);
    await Promise.all(processes.map(({ gone }) => gone));
  }

  /** Waits for a process and its turn. */
  private place(job: Job): Promise<Running> {
    const { owner, urgent } = job;
    const { waitingPerOwner, waitingOfSystem, waitMs } = this.options;
    const limit = owner === SYSTEM ? waitingOfSystem : waitingPerOwner;
    if (this.waiting.sizeOf(owner) >= limit) {
      throw rateLimited(`${limit.toLocaleString('en')} pieces of work like this wait already.`, 5);
    }
    const signal = job.stop?.signal;
    signal?.throwIfAborted();
    let timer: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    const placed = new Promise<Running>((resolve, reject) => {
      const waiting: Waiting = { owner, urgent, job, resolve, reject };
      const leave = (error: Error) => {
        this.waiting.remove(waiting);
        reject(error);
      };
      timer = setTimeout(
        () => leave(rateLimited(`No sandbox was free for this within ${waitMs / 1_000} s.`, 5)),
        waitMs,
      );
      onAbort = () => leave(signal?.reason as Error);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.waiting.add(waiting);
      this.failures = Math.min(this.failures, MAX_FAILURES - 1);
      this.assign();
    });
    return placed.finally(() => {
      clearTimeout(timer);
      if (onAbort) signal?.removeEventListener('abort', onAbort);
    });
  }

  /** Gives work to processes, as far as there are both; then starts a process, or makes room. */
  private assign(): void {
    if (this.closed) return;
    // Where one more is left for others there is nothing to wait for.
    while (this.owing.length > 0 && this.idle.length > this.owing.length) this.owing.shift();
    while (this.idle.length > 0) {
      const next = this.waiting.take((each) => this.mayRun(each));
      if (!next) break;
      const process = this.takeIdle(next.job);
      const running: Running = { process, job: next.job, begun: performance.now(), overtime: false };
      this.running.add(running);
      next.resolve(running);
    }
    this.replenish();
    if (this.waiting.size > 0) this.makeRoom();
  }

  /** The one that did work of this name last; else the one that was used last, or where names count, longest ago. */
  private takeIdle({ affinity }: Job): SandboxProcess {
    const known = affinity === undefined ? -1 : this.idle.findLastIndex((each) => each.affinity === affinity);
    const at = known === -1 && affinity === undefined ? this.idle.length - 1 : Math.max(0, known);
    const [process] = this.idle.splice(at, 1) as [SandboxProcess];
    process.affinity = affinity;
    return process;
  }

  private mayRun({ owner, urgent }: Queued, without?: Running): boolean {
    let count = this.owing.filter((each) => each === owner).length;
    for (const running of this.running) if (running !== without && running.job.owner === owner) count += 1;
    return count < Math.max(1, this.options.processes - (urgent ? 1 : 2));
  }

  private get isFull(): boolean {
    return [...this.processes].filter(({ isAlive }) => isAlive).length >= this.options.processes;
  }

  /** There is one for whoever comes next, besides those that are owed. */
  private replenish(): void {
    const isNeeded = () => {
      const free = this.idle.length + this.starting;
      return free < 1 + this.owing.length || free + this.running.size < WARM;
    };
    while (this.failures < MAX_FAILURES && isNeeded() && !this.isFull) this.start();
  }

  /** Ends work that goes on beyond its time when something waits for its place. */
  private makeRoom(): void {
    const mustWait = this.idle.length + this.starting === 0 && this.isFull;
    for (const running of this.running) {
      if (!running.overtime) continue;
      if (!this.waiting.first((each) => this.mayRun(each, running) && (mustWait || !this.mayRun(each)))) continue;
      this.stop(running, timedOut(`${running.job.timeoutMs} ms while others waited`));
      return;
    }
  }

  /** Asks for an end, where that is understood, and sees to it. */
  private stop(running: Running, error: Error): void {
    const { process, job } = running;
    if (!job.stop) return process.end(error);
    if (running.ending) return;
    process.interrupt();
    running.ending = setTimeout(() => process.end(error), job.stop.graceMs);
  }

  private start(): void {
    const process = new SandboxProcess(this.options.kind);
    this.processes.add(process);
    this.starting += 1;
    let steadyAt = Infinity;
    const ready = process.ready.then(
      () => {
        steadyAt = performance.now() + STEADY_MS;
        this.owing.shift();
        this.putBack(process);
      },
      (error: Error) => this.failToStart(error),
    );
    void ready.finally(() => {
      this.starting -= 1;
      this.assign();
    });
    void process.gone.then(() => {
      this.processes.delete(process);
      const wasIdle = this.forget(process);
      if (performance.now() > steadyAt) this.failures = 0;
      else if (wasIdle) this.failures += 1;
      this.assign();
    });
  }

  /** Nobody waits for what may never come. */
  private failToStart(error: Error): void {
    if (this.closed) return;
    this.failures += 1;
    this.owing = [];
    this.options.onStartFailure(error);
    if (this.failures < MAX_FAILURES || this.running.size > 0) return;
    for (const { reject } of this.waiting.clear())
      reject(unavailable('Expressions and templates cannot be evaluated at the moment. Try again later.'));
  }

  private putBack(process: SandboxProcess): void {
    if (!process.isAlive) return;
    if (process.resident > this.options.kind.limits.wornResidentBytes) {
      process.end(lostProcess());
      return;
    }
    this.idle.push(process);
    const timer = setTimeout(() => {
      if (this.idle.length > WARM && this.forget(process)) process.end(lostProcess());
    }, this.options.keepMs);
    timer.unref();
  }

  /** Takes it out of those that are idle. */
  private forget(process: SandboxProcess): boolean {
    const at = this.idle.indexOf(process);
    if (at !== -1) this.idle.splice(at, 1);
    return at !== -1;
  }

  /** Looks at what runs: how much memory it has, and how long it takes. */
  private look(running: Running): void {
    const { process, job } = running;
    running.processorTimeBefore ??= processorTime(process.pid);
    if (process.look() > this.options.kind.limits.maxResidentBytes) {
      process.end(new SandboxError('MEMORY', 'needed too much memory'));
      return;
    }
    const isLate = () => performance.now() - running.begun >= job.timeoutMs;
    // Among what has happened meanwhile may be the answer, when this thread was busy.
    if (isLate()) setImmediate(() => this.running.has(running) && this.endIfDue(running));
  }

  private endIfDue(running: Running): void {
    const { process, job } = running;
    const lateMs = performance.now() - running.begun - job.idleTimeoutMs;
    if (lateMs >= 0) {
      const halted = isHalted(process.pid);
      const starved = isStarved(process.pid, running.processorTimeBefore, job.idleTimeoutMs);
      if (starved && !halted && lateMs < STARVED_MS) return;
      process.end(halted || starved ? lostProcess() : timedOut(`${job.idleTimeoutMs} ms`));
    } else if (!running.overtime) {
      running.overtime = true;
      if (this.waiting.size > 0) this.makeRoom();
    }
  }
}
