import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { request } from 'undici';
import { Registry } from 'prom-client';
import { Lifecycle } from '../lifecycle/index.ts';
import { createLogger } from '../logging/index.ts';
import { createHttpServer, listen } from './index.ts';

const logger = createLogger({ level: 'silent', name: 'test' });
const CONNECTIONS = 100;
const DEADLINE_MS = 60_000;

let lifecycle: Lifecycle;
afterEach(() => lifecycle.stop());

async function refusesConnections(port: number) {
  const [error] = (await once(connect({ port, host: '127.0.0.1' }), 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
}

async function start() {
  lifecycle = new Lifecycle(logger);
  const server = createHttpServer({ logger, metrics: new Registry() });
  const held: (() => void)[] = [];
  server.get('/', () => new Promise((resolve) => held.push(() => resolve('done'))));
  let accepted = 0;
  server.server.on('connection', () => (accepted += 1));
  const port = await listen(server, { host: '127.0.0.1', port: 0 }, lifecycle, { manyAccepts: logger });

  /** Turns of the event loop that the server took to accept connections that all came at once. */
  const turnsToAccept = async () => {
    accepted = 0;
    const sockets = Array.from({ length: CONNECTIONS }, () => connect({ port, host: '127.0.0.1' }));
    let turns = 0;
    for (; accepted < CONNECTIONS; turns += 1) await nextTurn();
    await Promise.all(sockets.map((socket) => once(socket.destroy(), 'close')));
    return turns;
  };
  const untilMany = async () => {
    const deadline = performance.now() + DEADLINE_MS;
    let turns = Infinity;
    while (turns > CONNECTIONS / 5) {
      if (performance.now() > deadline) throw new Error(`it still takes ${turns} turns`);
      turns = await turnsToAccept();
    }
  };
  return { held, untilMany, port, url: `http://127.0.0.1:${port}` };
}

test('many connections are accepted in one turn', async () => {
  const { untilMany } = await start();
  await untilMany();
});

test('what is asked over them is answered when the process stops, and nothing is accepted after', async () => {
  const { held, untilMany, url, port } = await start();
  await untilMany();
  const asked = Array.from({ length: 40 }, async () => {
    const { statusCode, body } = await request(url, { reset: true });
    return [statusCode, await body.text()];
  });
  while (held.length < asked.length) await nextTurn();
  const stopped = lifecycle.stop();
  for (const answer of held) answer();
  expect(await Promise.all(asked)).toEqual(asked.map(() => [200, 'done']));
  await stopped;
  await refusesConnections(port);
});

test('a stop right after the start leaves nothing open', async () => {
  const { port } = await start();
  await lifecycle.stop();
  await refusesConnections(port);
});
