import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger } from '@flowmesh/platform/logging';
import { Lifecycle } from '@flowmesh/platform/lifecycle';
import { createHttpServer, listen } from '@flowmesh/platform/server';
import { Registry } from 'prom-client';
import { forwardServiceRoutes } from './service-routes.ts';

const logger = createLogger({ level: 'silent', name: 'test' });
const lifecycle = new Lifecycle(logger);
const seen: { url: string; body: string; viewer: unknown }[] = [];
let service: Server;
let port: number;

beforeAll(async () => {
  service = createServer((incoming, answer) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')));
    incoming.on('end', () => {
      seen.push({ url: incoming.url ?? '', body, viewer: incoming.headers['x-flowmesh-viewer'] });
      answer.end('reached');
    });
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const server = createHttpServer({ logger, metrics: new Registry() });
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/behind/here`;
  await forwardServiceRoutes(server, [{ name: 'notification', url }]);
  port = await listen(server, { host: '127.0.0.1', port: 0 }, lifecycle);
});
afterAll(async () => {
  await lifecycle.stop();
  await new Promise((resolve) => service.close(resolve));
});
beforeEach(() => seen.splice(0));

/** As it is written: `fetch` would put the path right. */
function send(path: string, body = ''): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', path, method: body ? 'POST' : 'GET' }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

test('what providers report reaches the service below its own path, byte by byte', async () => {
  const search = '?a=%zz&b=/../c&d=%E0%A4';
  expect(await send(`/services/notification/callbacks/twilio${search}`, 'a=%00&\u00e9')).toEqual({
    status: 200,
    text: 'reached',
  });
  expect(seen).toEqual([
    {
      url: `/behind/here/services/notification/callbacks/twilio${search}`,
      body: Buffer.from('a=%00&\u00e9').toString('latin1'),
      viewer: undefined,
    },
  ]);
});

test.each([
  '/services/notification/callbacks/../../../metrics',
  '/services/notification/callbacks/x\\..\\..\\..\\..\\metrics',
  '/services/notification/callbacks/%2e%2e/%2e%2e/%2e%2e/metrics',
  '/services/notification/callbacks/..%2f..%2f..%2fmetrics',
  '/services/notification/callbacks/..%5c..%5cmetrics',
  '/services/notification/callbacks/%252e%252e/metrics',
  '/services/notification/callbacks/a%',
  '//services/notification/callbacks/twilio',
  '/services/notification/callbacks//../x',
])('nothing else behind the gateway is reached: %s', async (path) => {
  const { status } = await send(path);
  expect([400, 404]).toContain(status);
  expect(seen).toEqual([]);
});
