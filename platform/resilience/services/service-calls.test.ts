import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { createLogger } from '../../logging/index.ts';
import { until } from '../../testing/index.ts';
import { NoAnswerError, ServiceCalls, type ServiceCallsOptions } from '../index.ts';

/** Longer than any test. */
const IN_TIME = { timeoutMs: 60_000 };

/** A service that is there or not; `probes` counts how often it was asked for a sign of life. */
class TestService {
  answers = true;
  probes = 0;
  probing = 0;
  mostProbing = 0;
  readonly calls: ServiceCalls;
  private release: (() => void)[] = [];

  constructor(options: Partial<ServiceCallsOptions> = {}) {
    this.calls = new ServiceCalls({ name: 'agent', probe: (signal) => this.probe(signal), ...options });
  }

  call(): Promise<string> {
    return this.calls.run(async () => {
      if (!this.answers) throw new NoAnswerError(new Error('refused'));
      return 'answer';
    }, IN_TIME);
  }

  /** A call that stays until `answerAll`. */
  held(): Promise<void> {
    return this.calls.run(() => new Promise<void>((resolve) => this.release.push(resolve)), IN_TIME);
  }

  answerAll(): void {
    for (const release of this.release) release();
    this.release = [];
  }

  async open(): Promise<void> {
    this.answers = false;
    for (let count = 0; count < 5; count++) await expect(this.call()).rejects.toThrow(NoAnswerError);
    expect(this.calls.openSince).toBeInstanceOf(Date);
  }

  async untilClosed(): Promise<void> {
    await until('it is closed', () => !this.calls.openSince, { everyMs: 5 });
  }

  /** Hangs while the service is not there, as one that stands still does. */
  private async probe(signal: AbortSignal): Promise<void> {
    this.probes += 1;
    this.probing += 1;
    this.mostProbing = Math.max(this.mostProbing, this.probing);
    while (!this.answers && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
    this.probing -= 1;
    signal.throwIfAborted();
  }
}

const refused = { extensions: { code: 'UNAVAILABLE', retryAfter: 2 }, message: expect.stringContaining('does not') };

test('five calls in a row without an answer open it; then none is made until a probe is answered', async () => {
  const service = new TestService();
  await service.open();
  let made = false;
  const begun = performance.now();
  await expect(service.calls.run(async () => void (made = true), IN_TIME)).rejects.toMatchObject(refused);
  expect([made, performance.now() - begun < 100]).toEqual([false, true]);
  await until('it is probed', () => service.probes >= 3, { everyMs: 5 });
  expect([service.mostProbing, service.calls.openSince]).toEqual([1, expect.any(Date)]);
  service.answers = true;
  await service.untilClosed();
  expect(await service.call()).toBe('answer');
});

test('it opens exactly when five calls in a row, or half of at least twenty, had no answer', async () => {
  const outcome = fc.constantFrom('answered', 'missed', 'missed', 'unknown');
  await fc.assert(
    fc.asyncProperty(fc.array(outcome, { maxLength: 60 }), async (outcomes) => {
      const calls = new ServiceCalls({ name: 'agent', probe: () => new Promise(() => undefined) });
      let inARow = 0;
      let [answered, missed, opens] = [0, 0, false];
      for (const each of outcomes) {
        const expected = opens;
        expect(calls.openSince !== null).toBe(expected);
        const work = async () => {
          if (each === 'missed') throw new NoAnswerError('late');
          if (each === 'unknown') throw new Error('the client has left');
        };
        await calls.run(work, IN_TIME).catch(() => undefined);
        if (expected) continue;
        if (each === 'answered') [inARow, answered] = [0, answered + 1];
        if (each !== 'missed') continue;
        [inARow, missed] = [inARow + 1, missed + 1];
        opens = inARow >= 5 || (answered + missed >= 20 && missed >= answered);
      }
      calls.close();
    }),
  );
});

test('a service that stands still is found out before any call has missed its deadline', async () => {
  const service = new TestService();
  service.answers = false;
  const held = service.held();
  await until('it is open', () => service.calls.openSince !== null);
  expect(service.probes).toBeGreaterThanOrEqual(1);
  await expect(service.call()).rejects.toMatchObject(refused);
  service.answers = true;
  await service.untilClosed();
  service.answerAll();
  await held;
});

test('one that is long at a call, and gives signs of life, is not', async () => {
  const service = new TestService();
  const held = service.held();
  await until('it was asked more than once', () => service.probes >= 2);
  expect(service.calls.openSince).toBeNull();
  service.answerAll();
  await held;
  const { probes } = service;
  expect(await service.call()).toBe('answer');
  expect(service.probes).toBe(probes);
});

test('so many calls wait at a time; more are let in while it answers, and refused soon when it does not', async () => {
  const service = new TestService({ mostCalls: 3 });
  const held = [service.held(), service.held(), service.held()];
  const full = { extensions: { code: 'UNAVAILABLE', retryAfter: 2 }, message: expect.stringContaining('Too many') };
  const begun = performance.now();
  await expect(service.call()).rejects.toMatchObject(full);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(450);
  const later = Array.from({ length: 20 }, () => service.call());
  service.answerAll();
  await Promise.all(held);
  expect(await Promise.all(later)).toEqual(later.map(() => 'answer'));
});

test('calls that queue when it opens are refused then', async () => {
  const service = new TestService({ mostCalls: 1 });
  service.answers = false;
  const held = service.held();
  const queued: Promise<unknown>[] = [];
  const isOpen = () => {
    if (service.calls.openSince) return true;
    queued.push(service.call().catch((error: unknown) => error));
    return false;
  };
  await until('it is open', isOpen, { everyMs: 50 });
  expect(await queued.at(-1)).toMatchObject(refused);
  service.answers = true;
  await service.untilClosed();
  service.answerAll();
  await held;
});

test('calls that were begun before it opened do not close it, nor open it again', async () => {
  const service = new TestService();
  const early = service.held();
  await service.open();
  service.answerAll();
  await early;
  expect(service.calls.openSince).toBeInstanceOf(Date);
  service.answers = true;
  await service.untilClosed();
});

test('its state is in the metrics and, once each, in the log', async () => {
  const metrics = new Registry();
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', name: 'test' }, { write: (line: string) => void lines.push(line) });
  const service = new TestService({ metrics, logger, mostCalls: 2 });
  const other = new TestService({ name: 'auth', metrics });
  const values = async () => {
    const text = await metrics.metrics();
    return text.split('\n').filter((line) => line.startsWith('subgraph_'));
  };
  const held = [service.held(), service.held()];
  await expect(service.call()).rejects.toThrow();
  expect(await values()).toEqual([
    'subgraph_circuit_open{subgraph="agent"} 0',
    'subgraph_circuit_open{subgraph="auth"} 0',
    'subgraph_calls_in_flight{subgraph="agent"} 2',
    'subgraph_calls_in_flight{subgraph="auth"} 0',
    'subgraph_calls_refused_total{subgraph="agent",reason="full"} 1',
  ]);
  service.answerAll();
  await Promise.all(held);
  await service.open();
  await expect(service.call()).rejects.toThrow();
  expect((await values())[0]).toBe('subgraph_circuit_open{subgraph="agent"} 1');
  expect(await values()).toContain('subgraph_calls_refused_total{subgraph="agent",reason="open"} 1');
  service.answers = true;
  await service.untilClosed();
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    'a subgraph does not answer, and is not asked until it does',
    'a subgraph answers again',
  ]);
  other.calls.close();
});
