import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Client, Viewer } from '@flowmesh/platform/access';
import { badInput, ErrorCode, PublicError, rateLimited, unavailable } from '@flowmesh/platform/errors';
import { FairQueue, type Queued } from '@flowmesh/platform/fairness';

type Message<Answer> = { readonly ready: true } | { readonly answer: Answer } | { readonly problem: string };

interface Waiting<Answer> extends Queued {
  readonly question: unknown;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** The client disconnected before the work began. */
export class NobodyWaits extends PublicError {
  constructor() {
    super('Nobody waits for the answer any more.', ErrorCode.unavailable);
  }
}

/** The most time for one answer. */
const DEADLINE_MS = 5_000;
const MOST_WAITING = 500;
const MOST_WAITING_OF_ONE = 50;
const RETRY_AFTER_S = 1;
const RESOURCES = { maxOldGenerationSizeMb: 512 };

/** In the bundle workers are in dist/workers, in the source tree in `folder`, relative to this file. */
function workerFile(folder: string, name: string): URL {
  const places = [`../workers/${name}.mjs`, `${folder}/${name}.mjs`];
  const found = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(fileURLToPath(url)));
  if (!found) throw new Error(`${name}.mjs is missing`);
  return found;
}

/**
 * Runs work that takes too long for the event loop on a separate thread: one task at a time, with viewers in turns. The
 * thread is restarted if a task takes too long or too much memory. The worker sends `{ ready: true }`, then for each
 * question `{ answer }` or `{ problem }`.
 */
export class FairThread<Answer> {
  private readonly file: URL;
  private readonly waiting = new FairQueue<Waiting<Answer>>();
  private current: Waiting<Answer> | undefined;
  private worker: Worker | undefined;
  private ready = false;
  private closed = false;
  private deadline: NodeJS.Timeout | undefined;

  /** `does`: the verb for messages, as in "takes too long to plan". */
  constructor(private readonly options: { folder: string; name: string; workerData: unknown; does: string }) {
    this.file = workerFile(options.folder, options.name);
    this.start();
  }

  /**
   * Rejects with a PublicError if it takes too long, if too many others wait, or if `gone` aborts before it has begun.
   */
  ask(question: unknown, owner: string, gone?: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (gone?.aborted) return reject(new NobodyWaits());
      if (this.waiting.sizeOf(owner) >= MOST_WAITING_OF_ONE) {
        return reject(rateLimited('Too many new operations of yours at once.', RETRY_AFTER_S));
      }
      if (this.waiting.size >= MOST_WAITING) return reject(unavailable('Too many new operations at once; try again.'));
      const leave = () => {
        this.waiting.remove(item);
        item.reject(new NobodyWaits());
      };
      const told = () => gone?.removeEventListener('abort', leave);
      const item: Waiting<Answer> = {
        owner,
        urgent: false,
        question,
        resolve: (answer) => {
          told();
          resolve(answer);
        },
        reject: (error) => {
          told();
          reject(error);
        },
      };
      this.waiting.add(item);
      gone?.addEventListener('abort', leave);
      if (!this.worker) this.start();
      this.next();
    });
  }

  async close(): Promise<void> {
    const { worker } = this;
    this.closed = true;
    this.worker = undefined;
    clearTimeout(this.deadline);
    for (const each of [...this.waiting.clear(), this.current]) each?.reject(unavailable('The gateway is stopping.'));
    await worker?.terminate();
  }

  private start(): void {
    if (this.closed) return;
    this.ready = false;
    const { workerData } = this.options;
    const worker = new Worker(this.file, { workerData, resourceLimits: RESOURCES, env: {} });
    this.worker = worker;
    worker.on('message', (message: Message<Answer>) => {
      if (this.worker !== worker) return;
      if ('ready' in message) this.ready = true;
      else this.finish(message);
      this.next();
    });
    worker.on('error', (error: Error & { code?: string }) => {
      if (this.worker !== worker) return;
      if (!this.ready) return this.fail(error);
      // Out of memory: only that operation is refused.
      this.restart(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? this.tooComplex() : error);
    });
    worker.unref();
  }

  private next(): void {
    if (!this.ready || this.current) return;
    this.current = this.waiting.take(() => true);
    if (!this.current) return this.worker?.unref();
    this.worker?.ref();
    this.deadline = setTimeout(() => this.restart(this.tooComplex()), DEADLINE_MS);
    this.worker?.postMessage(this.current.question);
  }

  private finish(message: Exclude<Message<Answer>, { readonly ready: true }>): void {
    clearTimeout(this.deadline);
    const { current } = this;
    this.current = undefined;
    if ('answer' in message) current?.resolve(message.answer);
    else current?.reject(new Error(`an operation is too much for ${this.options.name}: ${message.problem}`));
  }

  private restart(reason: Error): void {
    clearTimeout(this.deadline);
    this.current?.reject(reason);
    this.current = undefined;
    void this.worker?.terminate();
    this.start();
  }

  /** The thread cannot start: the next operation tries again. */
  private fail(reason: Error): void {
    this.worker = undefined;
    for (const each of this.waiting.clear()) each.reject(reason);
  }

  private tooComplex = () => badInput('query', `takes too long to ${this.options.does}; ask for less at once`);
}

/** Anonymous clients are told apart by their address. */
export const ownerOf = (viewer: Viewer, client?: Client): string =>
  viewer.kind === 'anonymous' ? `stranger ${client?.address ?? ''}` : viewer.userId;
