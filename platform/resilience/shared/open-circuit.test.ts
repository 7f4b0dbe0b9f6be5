import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { leastCpuMs } from '../../testing/index.ts';
import { CallRefused } from '../index.ts';
import { fault, preparePolicies, STRICT } from './policy-test-support.ts';

const CALLS = 200;

test('a call while the circuit is open costs less than a millisecond, and makes no connection', async () => {
  const database = await preparePolicies();
  const server = createServer((_request, response) => response.writeHead(500).end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  let connections = 0;
  server.on('connection', () => (connections += 1));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const work = async () => {
    await fetch(url, { headers: { connection: 'close' } });
    throw fault();
  };
  const chains = ['one', 'other'].map((name) => database.process(name));
  const call = (at: number) =>
    chains[at % 2]!.run({ key: 'a', policy: STRICT, entry: null, work }).catch((error: unknown) => error);
  try {
    for (let at = 0; at < 10; at += 1) await call(at);
    const before = connections;
    expect(before).toBeGreaterThanOrEqual(STRICT.circuitBreaker.minimumCalls);
    const cost = await leastCpuMs(CALLS, async () => {
      for (let at = 0; at < CALLS; at += 1) expect(await call(at)).toBeInstanceOf(CallRefused);
    });
    expect(cost / CALLS).toBeLessThan(1);
    expect(connections).toBe(before);
  } finally {
    server.closeAllConnections();
    server.close();
    await database.stop();
  }
}, 60_000);
