import { withLogContext, type Logger } from '@flowmesh/platform/logging';
import { newId } from '@flowmesh/platform/ids';
import type { DriveJob } from './drive-job.ts';

export interface DrivesOptions {
  readonly drive: (job: DriveJob) => Promise<void>;
  /** So many jobs at once, those of the queue included. */
  readonly max: number;
  readonly logger: Logger;
}

/**
 * The jobs that this process works on: those the queue gives it, and while there is room, executions that it has accepted
 * itself. These need no job: if the process dies, the sweeper finds their steps. Without room the queue decides where and in
 * which order executions begin; as its jobs fill the room first, nobody overtakes those who wait there.
 */
export class Drives {
  private readonly own = new Set<Promise<void>>();
  private ofQueue = 0;
  private stopped = false;

  constructor(private readonly options: DrivesOptions) {}

  /** Runs a job of the queue. */
  async run(job: DriveJob): Promise<void> {
    this.ofQueue += 1;
    try {
      await this.options.drive(job);
    } finally {
      this.ofQueue -= 1;
    }
  }

  get hasRoom(): boolean {
    return !this.stopped && this.own.size + this.ofQueue < this.options.max;
  }

  /** False when there is no room. Otherwise it has begun; it never fails. */
  begin(job: DriveJob, requestId: string | null): boolean {
    if (!this.hasRoom) return false;
    const running = withLogContext({ requestId: requestId ?? newId() }, () => this.options.drive(job))
      .catch((error: unknown) => {
        const { executionId } = job;
        this.options.logger.warn({ err: error, executionId }, 'an execution was not driven on; it will be found');
      })
      .finally(() => this.own.delete(running));
    this.own.add(running);
    return true;
  }

  /** Begins no more, and waits for those that run: their leases end soon after the process does. */
  async stop(deadlineMs: number): Promise<void> {
    this.stopped = true;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, deadlineMs)));
    await Promise.race([Promise.all(this.own), deadline]);
    clearTimeout(timer);
  }
}
