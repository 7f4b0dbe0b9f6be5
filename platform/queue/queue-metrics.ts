import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface QueueMetrics {
  added(queue: string, count: number): void;
  finished(queue: string, outcome: 'done' | 'failed', seconds: number): void;
}

type Counts = { readonly waiting: number; readonly delayed: number; readonly active: number };

/** Registers the metrics of the queues; `readCounts` is asked at every scrape and may leave queues out. */
export function createQueueMetrics(
  registry: Registry | undefined,
  readCounts: () => Promise<ReadonlyMap<string, Counts>>,
): QueueMetrics {
  if (!registry) return { added: () => undefined, finished: () => undefined };
  const registers = [registry];
  const added = new Counter({
    name: 'flowmesh_queue_jobs_added_total',
    help: 'Jobs given to the queue, those included that were in it already.',
    labelNames: ['queue'],
    registers,
  });
  const duration = new Histogram({
    name: 'flowmesh_queue_job_seconds',
    help: 'How long jobs ran, by outcome.',
    labelNames: ['queue', 'outcome'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300],
    registers,
  });
  const jobs = new Gauge({
    name: 'flowmesh_queue_jobs',
    help: 'Jobs in the queue now, by state.',
    labelNames: ['queue', 'state'],
    registers,
    collect: async () => {
      jobs.reset();
      for (const [queue, counts] of await readCounts()) {
        for (const [state, count] of Object.entries(counts)) jobs.set({ queue, state }, count);
      }
    },
  });
  return {
    added: (queue, count) => added.inc({ queue }, count),
    finished: (queue, outcome, seconds) => duration.observe({ queue, outcome }, seconds),
  };
}
