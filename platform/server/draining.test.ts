import { afterEach, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { ANONYMOUS, createViewerSigner } from '../access/index.ts';
import { createRemoteSource } from '../federation/index.ts';
import { Lifecycle } from '../lifecycle/index.ts';
import { createLogger } from '../logging/index.ts';
import { createHttpServer, listen } from './index.ts';

const logger = createLogger({ level: 'silent', name: 'test' });
const signViewer = createViewerSigner('a secret that is long enough for tests');
const MUTATION = { query: 'mutation { work }' };

let lifecycle: Lifecycle;
afterEach(() => lifecycle.stop());

async function start() {
  lifecycle = new Lifecycle(logger);
  const server = createHttpServer({ logger, metrics: new Registry() });
  const held: (() => void)[] = [];
  let hold = false;
  server.post('/graphql', async (request) => {
    if (hold) await new Promise<void>((resolve) => held.push(resolve));
    return { data: { id: request.id } };
  });
  const port = await listen(server, { host: '127.0.0.1', port: 0 }, lifecycle);
  const source = createRemoteSource({
    name: 'agent',
    url: `http://127.0.0.1:${port}`,
    signViewer,
    asksToWait: () => false,
    idleCloseMs: 50,
  });
  lifecycle.onStop('source', () => undefined);
  const ask = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, n) =>
        source.execute(MUTATION, { viewer: ANONYMOUS, requestId: `request-${n}` }).then(({ data }) => data),
      ),
    );
  const answers = (count: number) => Array.from({ length: count }, (_, n) => ({ id: `request-${n}` }));
  return { ask, answers, source, held, holding: (on: boolean) => void (hold = on) };
}

test('requests that are being worked on when the process stops are answered', async () => {
  const { ask, answers, source, held, holding } = await start();
  holding(true);
  const asked = ask(16);
  while (held.length < 16) await new Promise((resolve) => setImmediate(resolve));
  const stopped = lifecycle.stop();
  for (const answer of held) answer();
  expect(await asked).toEqual(answers(16));
  await stopped;
  await source.close();
});

test('so are those on their way at that moment, over old connections and new ones', async () => {
  const { ask, answers, source } = await start();
  await ask(4);
  const asked = ask(16);
  const stopped = lifecycle.stop();
  expect(await asked).toEqual(answers(16));
  await stopped;
  await source.close();
});
