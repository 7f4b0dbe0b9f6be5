import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { print } from 'graphql';
import type { Viewer } from '@flowmesh/platform/access';
import { badInput, rateLimited, unavailable } from '@flowmesh/platform/errors';
import { FairQueue, type Queued } from '@flowmesh/platform/fairness';
import type { Planner, PlanRoot } from './planner.ts';

type Answer = { readonly node: PlanRoot } | { readonly problem: string };
type Message = Answer | { readonly ready: true };

interface Waiting extends Queued {
  readonly query: string;
  readonly resolve: (node: PlanRoot) => void;
  readonly reject: (error: Error) => void;
}

/** That one plan may take. Ordinary ones take some milliseconds, the largest within the limits a tenth of a second. */
const DEADLINE_MS = 5_000;
const MOST_WAITING = 500;
const MOST_WAITING_OF_ONE = 50;
const RETRY_AFTER_S = 1;
const RESOURCES = { maxOldGenerationSizeMb: 512 };

/** In the bundle the worker lies in dist/workers, in the source tree beside this file. */
function workerFile(): URL {
  const places = ['../workers/planner-worker.mjs', './planner-worker.mjs'];
  const found = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(fileURLToPath(url)));
  if (!found) throw new Error('planner-worker.mjs is missing');
  return found;
}

/**
 * Plans on a thread of its own, one operation at a time, of each viewer in turns: a large one takes a tenth of a second,
 * in which the event loop must not stand still. The thread is ended, and begun anew, when a plan takes too long or too
 * much memory.
 */
export class PlannerThread {
  private readonly waiting = new FairQueue<Waiting>();
  private current: Waiting | undefined;
  private worker: Worker | undefined;
  private ready = false;
  private closed = false;
  private deadline: NodeJS.Timeout | undefined;

  constructor(private readonly sdl: string) {
    this.start();
  }

  /** Rejects with a PublicError when the operation takes too long to plan, or too many others wait. */
  readonly plan: Planner = (document, viewer) =>
    new Promise((resolve, reject) => {
      const owner = ownerOf(viewer);
      if (this.waiting.sizeOf(owner) >= MOST_WAITING_OF_ONE) {
        return reject(rateLimited('Too many new operations of yours at once.', RETRY_AFTER_S));
      }
      if (this.waiting.size >= MOST_WAITING) return reject(unavailable('Too many new operations at once; try again.'));
      this.waiting.add({ owner, urgent: false, query: print(document), resolve, reject });
      if (!this.worker) this.start();
      this.next();
    });

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
    const worker = new Worker(workerFile(), { workerData: { sdl: this.sdl }, resourceLimits: RESOURCES, env: {} });
    this.worker = worker;
    worker.on('message', (message: Message) => {
      if (this.worker !== worker) return;
      if ('ready' in message) this.ready = true;
      else this.finish(message);
      this.next();
    });
    worker.on('error', (error: Error & { code?: string }) => {
      if (this.worker !== worker) return;
      if (!this.ready) return this.fail(error);
      // Out of memory: that operation, and no other, is refused.
      this.restart(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooComplex() : error);
    });
    worker.unref();
  }

  private next(): void {
    if (!this.ready || this.current) return;
    this.current = this.waiting.take(() => true);
    if (!this.current) return this.worker?.unref();
    this.worker?.ref();
    this.deadline = setTimeout(() => this.restart(tooComplex()), DEADLINE_MS);
    this.worker?.postMessage(this.current.query);
  }

  private finish(answer: Answer): void {
    clearTimeout(this.deadline);
    const { current } = this;
    this.current = undefined;
    if ('node' in answer) current?.resolve(answer.node);
    else current?.reject(new Error(`an operation cannot be planned: ${answer.problem}`));
  }

  private restart(reason: Error): void {
    clearTimeout(this.deadline);
    this.current?.reject(reason);
    this.current = undefined;
    void this.worker?.terminate();
    this.start();
  }

  /** It cannot even begin: the next operation tries again. */
  private fail(reason: Error): void {
    this.worker = undefined;
    for (const each of this.waiting.clear()) each.reject(reason);
  }
}

const ownerOf = (viewer: Viewer): string => (viewer.kind === 'anonymous' ? '' : viewer.userId);

const tooComplex = () => badInput('query', 'takes too long to plan; ask for less at once');
