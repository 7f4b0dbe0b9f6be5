import type { ExecutionResult } from 'graphql';
import { GraphQLError } from 'graphql';
import fc from 'fast-check';
import { serviceViewer } from '../access/index.ts';
import { isOutage, outage } from '../errors/index.ts';
import type { CallContext, SubgraphSource } from '../federation/index.ts';
import { until } from '../testing/index.ts';
import { createServices, nextTryInMs, ServiceAwayError, ServiceRefusedError, type Service } from './index.ts';

const REQUEST = { query: '{ hello }' };
const call = { viewer: serviceViewer('test', []), requestId: 'request-1' };
const never = () => new Promise<ExecutionResult>(() => undefined);
const failing = (code: string) => async () => ({
  data: null,
  errors: [new GraphQLError('the message', { extensions: { code } })],
});

function serviceOf(execute: (call: CallContext) => Promise<ExecutionResult>): {
  service: Service;
  asked: () => number;
} {
  let count = 0;
  const source: SubgraphSource = {
    name: 'agent',
    execute: (_request, context) => {
      count += 1;
      return execute(context);
    },
    subscribe: never,
    close: async () => undefined,
  };
  return { service: createServices(new Map([['agent', source]])).get('agent')!, asked: () => count };
}

test('the data of an answer; nothing of a service that is not there', async () => {
  const { service } = serviceOf(async () => ({ data: { hello: 1 } }));
  expect(await service.ask(REQUEST, call)).toEqual({ hello: 1 });
  expect(createServices(new Map()).get('agent')).toBeUndefined();
});

test.each(['FORBIDDEN', 'BAD_USER_INPUT', 'TOO_LARGE', 'UNAUTHENTICATED'])('%s is a refusal', async (code) => {
  const { service } = serviceOf(failing(code));
  const error = await service.ask(REQUEST, call).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ServiceRefusedError);
  expect(error).toMatchObject({ service: 'agent', code, message: 'the message' });
});

test.each([
  ['INTERNAL', true, 'The agent service has a fault.'],
  ['GRAPHQL_VALIDATION_FAILED', true, 'The agent service has a fault.'],
  ['UNAVAILABLE', false, 'The agent service does not answer.'],
  ['TIMEOUT', false, 'The agent service does not answer.'],
])('%s tells nothing of what was done', async (code, answered, message) => {
  const error = await serviceOf(failing(code))
    .service.ask(REQUEST, call)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ServiceAwayError);
  expect(error).toMatchObject({ service: 'agent', answered, message });
});

test('a service whose database is away is said to be there, also while it is not asked', async () => {
  const away = outage();
  const { service, asked } = serviceOf(async () => ({
    data: null,
    errors: [new GraphQLError(away.message, { extensions: away.extensions })],
  }));
  const ask = () => service.ask(REQUEST, call).catch((thrown: unknown) => thrown);
  const errors: unknown[] = [];
  for (let n = 0; n < 5; n += 1) errors.push(await ask());
  // One of these tries it, the others fail at once.
  errors.push(...(await Promise.all([ask(), ask(), ask()])));
  for (const error of errors) {
    expect(error).toMatchObject({
      answered: false,
      message: 'The agent service cannot work, as something that it needs, such as its database, does not answer.',
    });
    expect(isOutage(error)).toBe(true);
  }
  expect(asked()).toBe(6);
});

test('a service that does not answer is an outage, one with a fault of its own is none', () => {
  expect([false, true].map((answered) => isOutage(new ServiceAwayError('agent', answered)))).toEqual([true, false]);
});

test('no answer in time, from a service that does not look at the signal, is none', async () => {
  const { service } = serviceOf(never);
  await expect(service.ask(REQUEST, { ...call, timeoutMs: 20 })).rejects.toThrow(ServiceAwayError);
});

test('while a service does not answer one call at a time tries it, and the first answer frees all', async () => {
  let answer: ((result: ExecutionResult) => void) | undefined;
  let broken = true;
  const { service, asked } = serviceOf(() =>
    broken ? Promise.reject(new Error('refused')) : new Promise((resolve) => (answer = resolve)),
  );
  for (let n = 0; n < 5; n += 1) await expect(service.ask(REQUEST, call)).rejects.toThrow(ServiceAwayError);
  broken = false;
  const probe = service.ask(REQUEST, call);
  await expect(service.ask(REQUEST, call)).rejects.toThrow(ServiceAwayError);
  await until('one tries it', () => asked() === 6);
  answer!({ data: { hello: 1 } });
  expect(await probe).toEqual({ hello: 1 });
  const next = service.ask(REQUEST, call);
  await until('the next asks', () => asked() === 7);
  answer!({ data: { hello: 2 } });
  expect(await next).toEqual({ hello: 2 });
});

test('callers that have gone say nothing about the service', async () => {
  const { service, asked } = serviceOf(never);
  for (let n = 0; n < 6; n += 1) {
    const gone = new AbortController();
    const asking = service.ask(REQUEST, { ...call, signal: gone.signal });
    await until('it is asked', () => asked() === n + 1);
    gone.abort();
    await expect(asking).rejects.not.toBeInstanceOf(ServiceAwayError);
  }
  expect(asked()).toBe(6);
});

test('a caller that has gone while it tried a service leaves that to the next', async () => {
  let behaviour: 'refuses' | 'hangs' | 'answers' = 'refuses';
  const { service, asked } = serviceOf(() => {
    if (behaviour === 'hangs') return never();
    return behaviour === 'answers' ? Promise.resolve({ data: { hello: 1 } }) : Promise.reject(new Error('refused'));
  });
  for (let n = 0; n < 5; n += 1) await expect(service.ask(REQUEST, call)).rejects.toThrow(ServiceAwayError);
  behaviour = 'hangs';
  const gone = new AbortController();
  const leaves = service.ask(REQUEST, { ...call, signal: gone.signal });
  await until('it tries', () => asked() === 6);
  gone.abort();
  await expect(leaves).rejects.not.toBeInstanceOf(ServiceAwayError);
  behaviour = 'refuses';
  const trial = service.ask(REQUEST, call);
  await expect(service.ask(REQUEST, call)).rejects.toThrow(ServiceAwayError);
  await expect(trial).rejects.toThrow(ServiceAwayError);
  expect(asked()).toBe(7);
  behaviour = 'answers';
  expect(await service.ask(REQUEST, call)).toEqual({ hello: 1 });
  expect(await Promise.all([service.ask(REQUEST, call), service.ask(REQUEST, call)])).toHaveLength(2);
});

test('an answer in between, a refusal too, begins the count anew', async () => {
  let code = 'UNAVAILABLE';
  const { service, asked } = serviceOf(() => failing(code)());
  for (let n = 0; n < 4; n += 1) await expect(service.ask(REQUEST, call)).rejects.toThrow(ServiceAwayError);
  code = 'FORBIDDEN';
  await expect(service.ask(REQUEST, call)).rejects.toThrow(ServiceRefusedError);
  code = 'UNAVAILABLE';
  for (let n = 0; n < 4; n += 1) await expect(service.ask(REQUEST, call)).rejects.toThrow(ServiceAwayError);
  const both = [service.ask(REQUEST, call), service.ask(REQUEST, call)];
  await Promise.allSettled(both);
  expect(asked()).toBe(11);
});

test('is asked again after about half as long as it was waited for, up to the bound', () => {
  fc.assert(
    fc.property(fc.nat(2_000_000), fc.double({ min: 0, max: 1, noNaN: true }), (waited, dice) => {
      const inMs = nextTryInMs(waited, 900_000, () => dice);
      if (waited >= 900_000) return expect(inMs).toBeNull();
      expect(inMs).toBeGreaterThanOrEqual(375);
      expect(inMs).toBeLessThanOrEqual(Math.max(500, Math.min(30_000, waited / 2)));
    }),
  );
});
