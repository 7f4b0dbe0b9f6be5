import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { localReporter, remoteReporter } from './service-state.ts';

const about = { name: 'agent', version: '1', description: 'Agents.' };
const CLOSED = { openSince: null };

it('says of a service in this process what it depends on and is down', async () => {
  const up = { name: 'queue', check: () => Promise.resolve() };
  const down = (name: string) => ({ name, check: () => Promise.reject(new Error('inside')) });
  expect(await localReporter({ ...about, checks: [up] })()).toMatchObject({ status: 'HEALTHY', reason: null });
  expect(await localReporter({ ...about, checks: [down('database'), up, down('event bus')] })()).toMatchObject({
    status: 'DEGRADED',
    reason: 'Without an answer: database, event bus.',
    dependencies: [
      { name: 'database', status: 'DOWN' },
      { name: 'queue', status: 'HEALTHY' },
      { name: 'event bus', status: 'DOWN' },
    ],
  });
});

it.each([
  [200, 'ready', 'up', 'HEALTHY', null],
  [503, 'not ready', 'down', 'DEGRADED', 'Without an answer: database.'],
  [503, 'stopping', 'up', 'DEGRADED', 'It is being stopped.'],
])(
  'takes it from the readiness of a service in another process: %i, %s',
  async (code, state, check, status, reason) => {
    const info = { version: '1', description: 'Agents.', startedAt: '2026-01-01T00:00:00.000Z', uptimeSeconds: 5 };
    const ready = { status: state, checks: [{ name: 'database', status: check, latencyMs: 1.5 }] };
    const server = createServer((request, response) => {
      const isReady = request.url === '/health/ready';
      response.writeHead(isReady ? code : 200).end(JSON.stringify(isReady ? ready : info));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { report, close } = remoteReporter('agent', url, CLOSED);
    expect(await report()).toMatchObject({ name: 'agent', uptimeSeconds: 5, status, reason });
    await close();
    await new Promise((resolve) => server.close(resolve));
  },
);

it('says why nothing is known: no answer, or calls that have had none', async () => {
  const silent = remoteReporter('agent', 'http://127.0.0.1:1', CLOSED);
  expect(await silent.report()).toMatchObject({ status: 'DOWN', reason: 'It does not answer.', startedAt: null });
  const open = remoteReporter('agent', 'http://127.0.0.1:1', { openSince: new Date('2026-01-01T10:00:00Z') });
  expect(await open.report()).toMatchObject({
    status: 'DOWN',
    reason: 'It has not answered since 2026-01-01T10:00:00.000Z, and is not asked until it does.',
  });
  await Promise.all([silent.close(), open.close()]);
});
