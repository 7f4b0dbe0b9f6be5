import type { Queue, QueueJob, QueueSystem } from '@flowmesh/platform/queue';

/** Queues within this process, which lose jobs when told to. Stand in for BullMQ where a test is about the engine. */
export function createLocalQueues(lose: (job: QueueJob<unknown>) => boolean = () => false) {
  const handlers = new Map<string, (data: never) => Promise<void>>();
  const known = new Set<string>();
  const repeats = new Set<NodeJS.Timeout>();
  const working = new Set<Promise<void>>();
  const waiting = new Map<string, QueueJob<unknown>[]>();

  const run = (name: string, job: QueueJob<unknown>) => {
    const handler = handlers.get(name);
    if (!handler) {
      waiting.set(name, [...(waiting.get(name) ?? []), job]);
      return;
    }
    const work: Promise<void> = handler(job.data as never)
      .catch(() => undefined)
      .finally(() => {
        working.delete(work);
        known.delete(job.id);
      });
    working.add(work);
  };
  const add = (name: string, job: QueueJob<unknown>) => {
    if (known.has(job.id) || lose(job)) return;
    known.add(job.id);
    if (job.delayMs) setTimeout(() => run(name, job), job.delayMs).unref();
    else setImmediate(() => run(name, job));
  };

  const system: QueueSystem = {
    backend: 'postgres',
    queue: <T>(name: string): Queue<T> => ({
      name,
      add: async (job) => add(name, job),
      addBulk: async (jobs) => jobs.forEach((job) => add(name, job)),
      remove: async () => false,
      counts: async () => ({ waiting: 0, delayed: 0, active: working.size }),
    }),
    worker(name, _options, handler) {
      handlers.set(name, ((data: never) => handler(data, { id: '', signal: new AbortController().signal })) as (
        data: never,
      ) => Promise<void>);
      for (const job of waiting.get(name) ?? []) run(name, job);
      waiting.delete(name);
      return {
        async stop() {
          handlers.delete(name);
          await Promise.all(working);
        },
      };
    },
    repeat(_name, everyMs, task) {
      let running = Promise.resolve();
      const timer = setInterval(() => (running = running.then(task).catch(() => undefined)), everyMs);
      repeats.add(timer);
      return {
        async stop() {
          clearInterval(timer);
          await running;
        },
      };
    },
    check: async () => undefined,
    async close() {
      for (const timer of repeats) clearInterval(timer);
    },
  };
  return system;
}
