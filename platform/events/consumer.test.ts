import { ServiceAwayError } from '../services/index.ts';
import { until } from '../testing/index.ts';
import { Consumer, type ConsumerPage, type ConsumerSource } from './consumer.ts';
import { event, silent } from './event-test-support.ts';
import type { StoredEvent } from './types.ts';

const stored = (n: number): StoredEvent => ({
  ...event({ streamSeq: n }),
  id: `thing:${n}`,
  domain: 'thing',
  position: `${n}:${n}`,
  occurredAt: new Date(0),
});

/** A bus with one claim, which it refuses to anybody while it lives, its holder included; commands can be made to fail. */
class FailingBus implements ConsumerSource {
  readonly calls: string[] = [];
  fails: 'read' | 'claim' | 'release' | null = null;
  private held = false;
  private position = 0;

  claim(): Promise<string | undefined> {
    if (this.held) return Promise.resolve(undefined);
    this.held = true;
    return this.answer('claim', String(this.position));
  }
  holds(): boolean {
    return this.held;
  }
  read(position: string): Promise<ConsumerPage> {
    const next = Number(position) + 1;
    const events = next <= 3 ? [{ event: stored(next), position: String(next) }] : [];
    return this.answer('read', { events, end: String(Math.min(next, 3)) });
  }
  advance(_group: string, from: string, to: string): Promise<boolean> {
    if (!this.held || Number(from) !== this.position) return Promise.resolve(false);
    this.position = Number(to);
    return Promise.resolve(true);
  }
  behindSeconds(): Promise<number> {
    return Promise.resolve(0);
  }
  release(): Promise<void> {
    this.held = false;
    return this.answer('release', undefined);
  }

  private answer<T>(call: 'read' | 'claim' | 'release', value: T): Promise<T> {
    this.calls.push(call);
    if (this.fails !== call) return Promise.resolve(value);
    this.fails = null;
    return Promise.reject(new Error(`the bus is away during ${call}`));
  }
}

test.each(['read', 'claim', 'release'] as const)(
  'goes on after the bus failed during %s, at its pace',
  async (call) => {
    const source = new FailingBus();
    source.fails = call;
    const handled: number[] = [];
    const handler = ({ streamSeq }: StoredEvent) => Promise.resolve(void handled.push(streamSeq ?? 0));
    const consumer = new Consumer({ group: 'test', types: ['thing.changed'], handler, source, logger: silent });
    await until('3 handled', () => handled.length === 3);
    await consumer.stop();
    expect(handled).toEqual([1, 2, 3]);
    // Each claim has been given back.
    expect(source.holds()).toBe(false);
    expect(source.calls.at(-1)).toBe('release');
  },
);

test('a service that does not answer is a warning, a fault of its own an error; the event is handled in the end', async () => {
  const told: string[] = [];
  const note = (level: string) => (_fields: unknown, message: string) => void told.push(`${level} ${message}`);
  const logger = { ...silent, warn: note('warn'), error: note('error') } as unknown as typeof silent;
  const failures = [new ServiceAwayError('agent', false), new ServiceAwayError('agent', true)];
  const handled: number[] = [];
  const handler = async ({ streamSeq }: StoredEvent) => {
    const failure = failures.shift();
    if (failure) throw failure;
    handled.push(streamSeq ?? 0);
  };
  const consumer = new Consumer({
    ...{ group: 'test', types: ['thing.changed'], handler, source: new FailingBus(), logger },
  });
  await until('3 handled', () => handled.length === 3);
  await consumer.stop();
  expect(handled).toEqual([1, 2, 3]);
  expect(told).toEqual(['warn consumer waits for what it depends on', 'error consumer failed']);
});
