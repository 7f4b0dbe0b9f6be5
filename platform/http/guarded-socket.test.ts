import { once } from 'node:events';
import { createServer, type AddressInfo, type LookupFunction, type Server } from 'node:net';
import { GuardedHttpError, createAddressRules, createGuardedConnect } from './index.ts';

let server: Server;
let port: number;
let connections = 0;

beforeAll(async () => {
  server = createServer((socket) => {
    connections += 1;
    socket.end('hello');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterAll(() => void server.close());

const code = (work: Promise<unknown>) =>
  work.then(
    () => 'no failure',
    (error: unknown) => (error instanceof GuardedHttpError ? error.code : error),
  );

test.each([
  ['127.0.0.1', 'BLOCKED_ADDRESS'],
  ['[::1]', 'BLOCKED_ADDRESS'],
  ['::ffff:127.0.0.1', 'BLOCKED_ADDRESS'],
  ['169.254.169.254', 'BLOCKED_ADDRESS'],
  // What is looked up: refused as a name that is not there.
  ['0x7f.1', 'CONNECTION'],
  ['2130706433', 'CONNECTION'],
  ['localhost', 'CONNECTION'],
])('refuses %s before anything is sent: %s', async (host, expected) => {
  const before = connections;
  const connect = createGuardedConnect({ rules: createAddressRules([]) });
  expect(await code(connect({ host, port, timeoutMs: 5_000 }))).toBe(expected);
  expect(connections).toBe(before);
});

test('a name that leads inside is refused, one that the operator allows is reached', async () => {
  const lookup: LookupFunction = (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
  const target = { host: 'mail.internal', port, timeoutMs: 5_000 };
  expect(await code(createGuardedConnect({ rules: createAddressRules([]), lookup })(target))).toBe('CONNECTION');
  const socket = await createGuardedConnect({ rules: createAddressRules(['mail.internal']), lookup })(target);
  expect(String(await once(socket, 'data'))).toBe('hello');
  socket.destroy();
});

test('says when nobody listens', async () => {
  const spare = createServer().listen(0, '127.0.0.1');
  await once(spare, 'listening');
  const free = (spare.address() as AddressInfo).port;
  spare.close();
  await once(spare, 'close');
  const connect = createGuardedConnect({ rules: createAddressRules(['127.0.0.1']) });
  expect(await code(connect({ host: '127.0.0.1', port: free, timeoutMs: 5_000 }))).toBe('CONNECTION');
});
