import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { GuardedHttpError, createAddressRules, createGuardedHttp, type GuardedHttp } from './index.ts';

const limits = { deadlineMs: 5_000, maxBytes: 1_000 };
const clients: GuardedHttp[] = [];
let server: Server;
let handler: RequestListener;
let calls = 0;

function client(allow: readonly string[], lookup?: LookupFunction): GuardedHttp {
  const http = createGuardedHttp({ rules: createAddressRules(allow), lookup });
  clients.push(http);
  return http;
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => (error instanceof GuardedHttpError ? error.code : error),
  );

const at = (host: string) => `http://${host}:${(server.address() as AddressInfo).port}/`;

beforeAll(async () => {
  server = createServer((request, response) => {
    calls += 1;
    handler(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

beforeEach(() => {
  calls = 0;
  handler = (_request, response) => response.end('hello');
});

afterAll(async () => {
  await Promise.all(clients.map((http) => http.close()));
  server.closeAllConnections();
  server.close();
});

test.each([
  '127.0.0.1',
  '127.1',
  '127.000.000.001',
  '127.255.255.254',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0x7f.0.0.0x1',
  '0177.0.0.1',
  '017700000001',
  '127.0.0.1.',
  '①②⑦.0.0.1',
  'localhost',
  'LOCALHOST.',
  'a.localhost',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '0.0.0.0',
  '0',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '[::ffff:169.254.169.254]',
  '[fd00:ec2::254]',
  '168.63.129.16',
  '100.64.0.1',
  '100.100.100.200',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[fe80::1]',
  '[fc00::1]',
  '[ff02::1]',
])('refuses http://%s/ before anything is sent', async (host) => {
  expect(await failure(client([]).request(at(host), limits))).toBe('BLOCKED_ADDRESS');
  expect(calls).toBe(0);
});

test.each(['ftp://example.com/', 'file:///etc/passwd', 'http://user:password@example.com/', 'nonsense', 'http://'])(
  'refuses the address %s',
  async (url) => expect(await failure(client([]).request(url, limits))).toBe('INVALID_URL'),
);

test('public addresses pass the rules, NAT64 by the address it carries', () => {
  const rules = createAddressRules([]);
  expect(rules.problemOf('https://8.8.8.8/')).toBeNull();
  expect(rules.problemOf('https://[2606:4700::1111]/')).toBeNull();
  expect(rules.problemOf('https://[64:ff9b::8.8.8.8]/')).toBeNull();
  expect(rules.problemOf('https://example.com/hook')).toBeNull();
});

test('a name that leads inside cannot be told from one that is not there', async () => {
  const inside: LookupFunction = (_host, _options, callback) => callback(null, [{ address: '10.0.0.1', family: 4 }]);
  const nowhere: LookupFunction = (host, _options, callback) =>
    callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }), []);
  const said = (lookup: LookupFunction) =>
    client([], lookup)
      .request(at('intranet.example'), limits)
      .catch((error: GuardedHttpError) => [error.code, error.message]);
  expect(await said(inside)).toEqual([
    'CONNECTION',
    'No answer: the name leads nowhere, or into the operator’s own network, which its setting ALLOW_PRIVATE_ADDRESSES does not allow',
  ]);
  expect(await said(nowhere)).toEqual(await said(inside));
});

test('a name that leads inside is refused at the connection, even among public addresses and on the second answer', async () => {
  let answers = 0;
  const rebinding: LookupFunction = (_host, _options, callback) => {
    answers += 1;
    callback(
      null,
      answers === 1
        ? [
            { address: '8.8.8.8', family: 4 },
            { address: '127.0.0.1', family: 4 },
          ]
        : '127.0.0.1',
      4,
    );
  };
  const http = client([], rebinding);
  expect(await failure(http.request(at('rebind.example'), limits))).toBe('CONNECTION');
  expect(await failure(http.request(at('rebind.example'), limits))).toBe('CONNECTION');
  expect([answers, calls]).toEqual([2, 0]);
});

test('what the operator allows is reachable: by range, by address, by name', async () => {
  const toServer: LookupFunction = (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
  for (const http of [client(['127.0.0.0/8']), client(['127.0.0.1'])]) {
    expect(await (await http.request(at('127.0.0.1'), limits)).text()).toBe('hello');
  }
  expect(await (await client(['models.internal'], toServer).request(at('models.internal'), limits)).text()).toBe(
    'hello',
  );
});

test.each(['正常', 'déjà', ''])('the words %j beside the status do not matter', async (words) => {
  handler = (_request, response) =>
    response.socket?.end(Buffer.from(`HTTP/1.1 200 ${words}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok`));
  const response = await client(['127.0.0.1']).request(at('127.0.0.1'), limits);
  expect([response.status, response.statusText, await response.text()]).toEqual([200, '', 'ok']);
});

test('does not follow redirects', async () => {
  handler = (_request, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
  const answer = await client(['127.0.0.1']).request(at('127.0.0.1'), limits);
  expect([answer.status, answer.headers.get('location'), calls]).toEqual([302, 'http://169.254.169.254/', 1]);
});

test('ends at the size limit, at the deadline and on the caller’s signal, closing the connection', async () => {
  const http = client(['127.0.0.1']);
  const closed: Promise<unknown>[] = [];
  handler = (_request, response) => {
    closed.push(once(response, 'close'));
    response.write('x'.repeat(900));
    setTimeout(() => response.write('x'.repeat(900)), 50);
  };
  const read = async (call: object) => (await http.request(at('127.0.0.1'), { ...limits, ...call })).text();
  expect(await failure(read({}))).toBe('TOO_LARGE');
  expect(await failure(read({ maxBytes: 5_000, deadlineMs: 200 }))).toBe('TIMEOUT');
  const stop = new AbortController();
  const stopped = failure(read({ maxBytes: 5_000, signal: stop.signal }));
  setTimeout(() => stop.abort(), 100);
  expect(await stopped).toBe('ABORTED');
  expect(await Promise.all(closed)).toHaveLength(3);
});

test('has the form of fetch', async () => {
  handler = (request, response) => {
    void request.toArray().then((chunks) => response.end(`${request.method} ${Buffer.concat(chunks).toString()}`));
  };
  const fetch = client(['127.0.0.1']).fetchWith(limits);
  const answer = await fetch(at('127.0.0.1'), { method: 'POST', body: 'ping', headers: { 'x-a': '1' } });
  expect(await answer.text()).toBe('POST ping');
  expect(await failure(fetch('http://10.0.0.1/'))).toBe('BLOCKED_ADDRESS');
});
