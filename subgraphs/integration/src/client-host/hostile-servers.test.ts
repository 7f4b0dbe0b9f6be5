import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Socket } from 'node:net';
import { prepareIntegrations, userOf } from '../testing/integration-under-test.ts';
import type { IntegrationProcess, IntegrationUnderTest } from '../testing/integration-under-test.ts';
import {
  answering,
  AUTHENTICATED,
  column,
  done,
  flood,
  JSONB,
  message,
  NOTICE,
  postgresql,
  READY,
  row,
  rows,
  SCRAM,
  scramChallenge,
  silence,
  slowly,
  startHostileServer,
  TEXT,
  type Behaviour,
} from '../testing/hostile-servers.ts';
import { mutate, registered } from '../testing/operations.ts';
import { startRedisServer, type RedisServer } from '../testing/redis-server.ts';

const attacker = userOf('attacker');
const other = userOf('other');
const PASSWORD = 'open sesame';
/** Of calls that hang, and of calls that are to end by themselves before. */
const HANGING_MS = 1_500;
const PATIENT_MS = 30_000;
/** Far above what is measured (20 ms), and far below what these answers took when they were read in this process. */
const MAX_HELD_MS = 500;

let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let good: RedisServer;
let goodId: string;

beforeAll(async () => {
  good = await startRedisServer(PASSWORD);
  integrations = await prepareIntegrations();
  one = await integrations.process();
  goodId = await registered(one, other, {
    type: 'REDIS',
    configuration: { host: '127.0.0.1', port: good.port, tls: 'OFF' },
    credentials: { password: PASSWORD },
  });
  // A process of its own is there.
  expect(await ask(other, goodId, 'get', { key: 'a' })).toMatchObject({ output: { value: null } });
}, 60_000);
afterAll(async () => {
  await integrations.stop();
  await good.stop();
}, 30_000);

const ask = (viewer: typeof attacker, id: string, operation: string, input: object) =>
  mutate(one, viewer, 'invokeIntegration', { id, operation, input });

/** How long this process was held at most while `work` was done; never more than the processor time it took. */
async function heldDuring(work: () => Promise<void>): Promise<number> {
  const lag = monitorEventLoopDelay({ resolution: 10 });
  const before = process.cpuUsage();
  lag.enable();
  await work();
  lag.disable();
  const { user, system } = process.cpuUsage(before);
  return Math.min(lag.max / 1e6, (user + system) / 1e3);
}

/** What a call of a hostile server says, while others are served and this process is not held. */
async function outcomeOf(type: 'POSTGRESQL' | 'REDIS', behaviour: Behaviour, timeoutMs: number, tls: string) {
  const server = await startHostileServer(behaviour);
  try {
    const id = await registered(one, attacker, {
      type,
      configuration: {
        ...{ host: '127.0.0.1', port: server.port, tls },
        ...(type === 'POSTGRESQL' ? { database: 'd', user: 'u' } : {}),
      },
      credentials: type === 'POSTGRESQL' ? { password: PASSWORD } : {},
      policy: { timeoutMs, retry: { maxAttempts: 1 } },
    });
    const [operation, input] = type === 'POSTGRESQL' ? ['query', { sql: 'select 1' }] : ['scan', {}];
    const codes = new Set<string | undefined>();
    const times = 2;
    const heldMs = await heldDuring(async () => {
      let calls = times;
      const hostile = Promise.all(
        Array.from({ length: times }, async () => {
          const { __typename, code, output } = await ask(attacker, id, operation!, input as object);
          codes.add(code ?? `${__typename}: ${JSON.stringify(output).slice(0, 28)}`);
          calls -= 1;
        }),
      );
      while (calls > 0) {
        expect(await ask(other, goodId, 'get', { key: 'a' })).toMatchObject({ output: { value: null } });
      }
      await hostile;
    });
    expect(heldMs).toBeLessThan(MAX_HELD_MS);
    return [...codes].sort();
  } finally {
    await server.stop();
  }
}

/** Made before anything is measured, as their servers live in this process. */
const MANY_ROWS = rows(TEXT, ...Array.from({ length: 100_000 }, () => 'x'));
const DEEP_JSON = rows(JSONB, '['.repeat(5_000_000) + ']'.repeat(5_000_000));
const LARGE_FIELD = rows(TEXT, 'x'.repeat(12_000_000));

const nested = (depth: number) => '*1\r\n'.repeat(depth);
const endless = (bytes: string | Buffer) => (socket: Socket) => {
  socket.resume();
  flood(socket, Buffer.from(bytes as string));
};
const first =
  (begin: string | Buffer, bytes: string | Buffer): Behaviour =>
  (socket) =>
    socket.once('data', () => {
      socket.write(begin);
      endless(bytes)(socket);
    });

test.each<[what: string, behaviour: Behaviour, codes: string[], tls?: string]>([
  ['says nothing', silence, ['TIMEOUT']],
  ['never ends its TLS', silence, ['TIMEOUT'], 'UNVERIFIED'],
  ['speaks no TLS', answering('+OK\r\n'), ['CONNECTION'], 'UNVERIFIED'],
  ['leaves at once', (socket) => socket.destroy(), ['CONNECTION']],
  ['leaves when it is asked', (socket) => socket.once('data', () => socket.end()), ['CONNECTION']],
  ['nests its answer 3,000 deep', answering(nested(3_000)), ['TIMEOUT']],
  ['nests its answer 1,000,000 deep', answering(`${nested(1_000_000)}:1\r\n`), ['CONNECTION']],
  ['nests its answer for ever', first('', nested(1_000)), ['CONNECTION']],
  [
    'has a scan without an end',
    answering('*2\r\n$1\r\n1\r\n*0\r\n'),
    ['InvokeIntegrationSuccess: {"keys":[],"truncated":true}'],
  ],
  ['answers what is no scan', answering('$2\r\nOK\r\n'), ['CONNECTION']],
  ['answers a list of lists', answering('*2\r\n*1\r\n:1\r\n*1\r\n:1\r\n'), ['CONNECTION']],
  ['answers what is no Redis', answering('HTTP/1.1 400 Bad Request\r\n\r\n'), ['CONNECTION']],
  ['sends one text without an end', first('$1000000000\r\n', 'x'.repeat(1_000)), ['TOO_LARGE']],
  ['sends a list without an end', first('*1000000000\r\n', ':1\r\n'), ['TOO_LARGE']],
  ['sends answers to nobody', endless('+OK\r\n'), ['CONNECTION']],
  ['says no with a text without an end', first('-', 'ERR '), ['TOO_LARGE']],
  ['sends a byte now and then', slowly('$100000\r\n'), ['TIMEOUT']],
])(
  'a Redis that %s',
  async (_what, behaviour, codes, tls = 'OFF') => {
    const timeoutMs = codes[0] === 'TIMEOUT' ? HANGING_MS : PATIENT_MS;
    expect(await outcomeOf('REDIS', behaviour, timeoutMs, tls)).toEqual(codes);
  },
  60_000,
);

test.each<[what: string, behaviour: Behaviour, codes: string[], tls?: string]>([
  ['says nothing', silence, ['TIMEOUT']],
  ['never ends its TLS', answering('S'), ['TIMEOUT'], 'UNVERIFIED'],
  ['speaks no TLS', answering('N'), ['CONNECTION'], 'UNVERIFIED'],
  ['leaves at once', (socket) => socket.destroy(), ['CONNECTION']],
  ['asks for the login for ever', first('', message('R', Buffer.from([0, 0, 0, 3]))), ['TIMEOUT']],
  ['lets in for ever', first('', AUTHENTICATED), ['TOO_LARGE']],
  [
    'has a login of two thousand million rounds',
    (socket) => {
      socket.once('data', () => socket.write(SCRAM));
      socket.on('data', (chunk) => {
        const nonce = /r=([^,]+)/.exec(chunk.toString('latin1'))?.[1];
        if (nonce) socket.write(scramChallenge(2_000_000_000, `${nonce}x`));
      });
    },
    ['CONNECTION'],
  ],
  ['sends notices for ever', first(AUTHENTICATED, NOTICE), ['TOO_LARGE']],
  [
    'sends a message without an end',
    first(Buffer.from('D\x7f\xff\xff\xff', 'latin1'), 'x'.repeat(1_000)),
    ['TOO_LARGE'],
  ],
  ['sends a message of a negative length', first(Buffer.from('D\xff\xff\xff\xff', 'latin1'), 'x'), ['TOO_LARGE']],
  ['answers what is no PostgreSQL', answering('HTTP/1.1 400 Bad Request\r\n\r\n'), ['TIMEOUT']],
  ['sends a byte now and then', slowly('NNNN'), ['TIMEOUT']],
  ['sends one field of 12 MB', postgresql((socket) => socket.write(LARGE_FIELD)), ['TOO_LARGE']],
  [
    'sends rows without an end',
    postgresql((socket) => {
      socket.write(column(TEXT));
      flood(socket, row('x'));
    }),
    ['TOO_LARGE'],
  ],
  [
    'sends a thousand rows for each that is wanted',
    postgresql((socket) => socket.write(MANY_ROWS)),
    ['InvokeIntegrationSuccess: {"truncated":true,"rows":[{"'],
  ],
  [
    'copies out for ever',
    postgresql((socket) => {
      socket.write(message('H', Buffer.from([0, 0, 0])));
      flood(socket, message('d', 'x'));
    }),
    ['TOO_LARGE'],
  ],
  [
    'sends JSON that is nested 65 deep',
    postgresql((socket) => socket.write(rows(JSONB, '['.repeat(65) + ']'.repeat(65)))),
    ['TOO_LARGE'],
  ],
  ['sends JSON that is nested 5,000,000 deep', postgresql((socket) => socket.write(DEEP_JSON)), ['TOO_LARGE']],
  ['sends JSON that is none', postgresql((socket) => socket.write(rows(JSONB, '['))), ['CONNECTION']],
  [
    'says no in ten million letters',
    postgresql((socket) => {
      socket.write(message('E', `SERROR\0VERROR\0C42601\0M${'x'.repeat(10_000_000)}\0\0`));
      socket.write(READY);
    }),
    ['SQL'],
  ],
  ['ends answers that nobody wanted', postgresql((socket) => flood(socket, done('SELECT 1'))), ['TOO_LARGE']],
])(
  'a PostgreSQL that %s',
  async (_what, behaviour, codes, tls = 'OFF') => {
    const timeoutMs = codes[0] === 'TIMEOUT' ? HANGING_MS : PATIENT_MS;
    expect(await outcomeOf('POSTGRESQL', behaviour, timeoutMs, tls)).toEqual(codes);
  },
  60_000,
);
