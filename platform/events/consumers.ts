import { Gauge, type Registry } from 'prom-client';
import { Consumer, type ConsumerOptions } from './consumer.ts';

/** The consumers of one bus in this process, whichever bus it is. */
export class Consumers {
  private readonly running = new Set<Consumer>();

  /** Only the first bus of a registry is measured, so one that cannot be opened must not ask. */
  measure(metrics: Registry | undefined): void {
    if (!metrics || metrics.getSingleMetric(BEHIND)) return;
    const gauge = new Gauge({
      name: BEHIND,
      help: 'Seconds since the first event was published that the group has not handled.',
      labelNames: ['group'],
      registers: [metrics],
      collect: async () => {
        gauge.reset();
        await Promise.all(
          [...this.running].map(async (consumer) => {
            const seconds = await consumer.behindSeconds().catch(() => null);
            if (seconds !== null) gauge.set({ group: consumer.group }, seconds);
          }),
        );
      },
    });
  }

  start(options: ConsumerOptions): { stop(): Promise<void> } {
    const consumer = new Consumer(options);
    this.running.add(consumer);
    return {
      stop: async () => {
        await consumer.stop();
        this.running.delete(consumer);
      },
    };
  }

  /** Something was published; of these types, where they are known. The others look for themselves now and then. */
  wake(types?: readonly string[]): void {
    for (const consumer of this.running) if (!types || consumer.hears(types)) consumer.wake();
  }

  behindSeconds(group: string): Promise<number> {
    const consumer = [...this.running].find((each) => each.group === group);
    return consumer ? consumer.behindSeconds() : Promise.reject(new Error(`nobody consumes for ${group} here`));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.running].map((consumer) => consumer.stop()));
  }
}

const BEHIND = 'events_consumer_behind_seconds';
