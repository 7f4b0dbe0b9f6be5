import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DOMAIN_NAMES, domainOf, urlVariable } from '@flowmesh/platform/domains';
import { until } from '@flowmesh/platform/testing';
import { Child } from '../harness/child.ts';
import { clusterHome } from '../harness/cluster-home.ts';
import { freePort } from '../harness/ports.ts';
import { descendantsOf, stillRunning } from '../harness/processes.ts';
import { prepareEnvironment, sharedProduct } from '../harness/product.ts';
import { TcpProxy } from '../harness/tcp-proxy.ts';

const folder = mkdtempSync(join(tmpdir(), 'flowmesh-starting-'));
const dataDir = join(folder, 'data');
let number = 0;

/** Starts the product as `npm start` does, with an embedded database. */
function start(env: NodeJS.ProcessEnv): Child {
  return Child.start('server/main.js', join(folder, `${++number}.log`), { HOST: '127.0.0.1', ...env });
}

afterAll(() => {
  rmSync(clusterHome(dataDir), { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

/** The one sentence a failed start ends with. */
async function failure(child: Child): Promise<string> {
  expect(await child.ended).toBe(1);
  const lines = child.log.trim().split('\n');
  expect(child.log).not.toMatch(/^\s+at /m);
  return lines.at(-1)!;
}

describe('with an embedded database', () => {
  let first: Child;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    first = start({ DATA_DIR: dataDir, PORT: String(port) });
    await first.ready(`http://127.0.0.1:${port}`);
  });
  afterAll(() => first?.stop());

  test('the first start tells the administrator’s password once', () => {
    expect(first.log).toMatch(/password/i);
    expect(first.log).toContain(`http://localhost:${port}`);
  });

  test('Node has nothing to warn of', () => {
    expect(first.log).not.toMatch(/\w+Warning:/);
  });

  test('a second start on the same data folder is refused in one sentence', async () => {
    const sentence = await failure(start({ DATA_DIR: dataDir, PORT: String(await freePort()) }));
    expect(sentence).toContain(`in use by process ${first.process.pid}`);
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
  });

  test('Ctrl-C leaves nothing behind, and the next start goes on with what there is', async () => {
    const children = descendantsOf(first.process.pid!);
    expect(children.some(({ command }) => command.includes('postgres'))).toBe(true);
    expect(await first.stop('SIGINT')).toBe(0);
    expect(stillRunning(children)).toEqual([]);
    first = start({ DATA_DIR: dataDir, PORT: String(port) });
    await first.ready(`http://127.0.0.1:${port}`);
    expect(first.log).not.toMatch(/password:/i);
  });

  test('kill -9 leaves nothing that the next start could not clear away', async () => {
    const children = descendantsOf(first.process.pid!);
    await first.kill();
    first = start({ DATA_DIR: dataDir, PORT: String(port) });
    await first.ready(`http://127.0.0.1:${port}`);
    expect(stillRunning(children)).toEqual([]);
  });
});

test('a busy port is told in one sentence', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const child = start({ DATA_DIR: join(folder, 'busy'), PORT: String(port) });
    expect(await failure(child)).toMatch(new RegExp(`port ${port}.*(use|PORT)`, 'i'));
  } finally {
    server.close();
    rmSync(clusterHome(join(folder, 'busy')), { recursive: true, force: true });
  }
});

test('a damaged data folder is told in one sentence', async () => {
  const damaged = join(folder, 'damaged');
  mkdirSync(join(damaged, 'postgres/data'), { recursive: true });
  writeFileSync(join(damaged, 'postgres/data/PG_VERSION'), 'nonsense\n');
  const sentence = await failure(start({ DATA_DIR: damaged, PORT: String(await freePort()) }));
  expect(sentence).toContain(damaged);
});

test('a data folder that is a file is told in one sentence', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, 'not a folder');
  expect(await failure(start({ DATA_DIR: file, PORT: String(await freePort()) }))).toContain(file);
});

// Nobody may make folders there, root neither.
test.each([
  ['to keep secrets in', {}],
  [
    'for the database',
    { INTERNAL_SECRET: 'of thirty-two characters or more', ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64') },
  ],
])('a DATA_DIR that cannot be written, %s, is told by its name', async (_, secrets) => {
  const readOnly = '/sys/flowmesh';
  expect(await failure(start({ ...secrets, DATA_DIR: readOnly, PORT: String(await freePort()) }))).toMatch(
    /DATA_DIR, \/sys\/flowmesh, cannot be used \(E[A-Z]+: .*\): let the account .* write there, or set another DATA_DIR\.$/,
  );
});

test('an account that the database does not know is told in one sentence, without its password, and not tried again', async () => {
  const url = new URL(sharedProduct().databaseUrl);
  url.username = 'nobody';
  url.password = 'hidden-password';
  const child = start({ DATA_DIR: join(folder, 'refused'), PORT: String(await freePort()), DATABASE_URL: url.href });
  expect(await failure(child)).toMatch(
    new RegExp(`could not start. The database .*${url.port} cannot be reached .*nobody`),
  );
  expect(child.log).not.toContain('hidden-password');
  expect(child.log).not.toContain('Trying again');
});

test('a database that starts later than the product is waited for', async () => {
  const url = new URL(sharedProduct().databaseUrl);
  const server = Number(url.port);
  const [late, port] = [await freePort(), await freePort()];
  url.port = String(late);
  const prepared = await prepareEnvironment({ env: { DATABASE_URL: url.href } });
  const child = start({ ...prepared.environment, PORT: String(port) });
  let line: TcpProxy | undefined;
  try {
    await until('an attempt has failed', () => child.log.includes('Trying again for up to 30 s'));
    line = await TcpProxy.start(server, late);
    await child.ready(`http://127.0.0.1:${port}`);
  } finally {
    await child.stop();
    await line?.stop();
    await prepared.remove();
  }
}, 150_000);

/** Wrong in platform, auth, gateway, notification and workflow. */
const WRONG = {
  PORT: 'many',
  DATABASE_URL: 'mysql://admin:hidden-password@db',
  ENCRYPTION_KEY: 'short',
  ADMIN_PASSWORD: 'hidden',
  GRAPHQL_MAX_COST: '9999',
  GRAPHQL_MAX_DEPHT: '7',
  NOTIFICATION_RETRY_SCHEDULE: 'soon',
  SLACK_WEBHOOK_URL: 'hidden-hook',
  SERVICE_WAIT_SECONDS: '0',
};
const told = {
  port: '- PORT must be a whole number from 0 to 65,535, not "many".',
  database: '- DATABASE_URL must be an address that begins with postgres:// or postgresql://.',
  key: '- ENCRYPTION_KEY must be 32 bytes in base64.',
  password: '- ADMIN_PASSWORD must be a password of 8 to 1,024 characters.',
  cost: '- GRAPHQL_MAX_COST must be a whole number from 10,000, not "9999".',
  depth: '- GRAPHQL_MAX_DEPHT is not a setting; GRAPHQL_MAX_DEPTH may be meant.',
  schedule: '- NOTIFICATION_RETRY_SCHEDULE must be at most 20 waits such as 5s,5m,2h, not "soon".',
  slack: '- SLACK_WEBHOOK_URL must be an absolute http or https address.',
  wait: '- SERVICE_WAIT_SECONDS must be a whole number from 1 to 86,400, not "0".',
  secret: '- INTERNAL_SECRET must be set, to the same value in all processes (32 characters or more).',
} as const;

/** What a process says that cannot start, below its first line. */
async function refusal(entry: string): Promise<readonly string[]> {
  const child = Child.start(entry, join(folder, `${++number}.log`), WRONG);
  expect(await child.ended).toBe(1);
  expect(child.log).not.toContain('hidden');
  const [first, ...problems] = child.log.trim().split('\n');
  const wrong = problems.filter((problem) => problem !== told.depth).length;
  expect(first).toMatch(new RegExp(`could not start. The configuration has ${wrong} problems:$`));
  return problems;
}

const { port, database, key, password, wait, schedule, slack, cost, depth, secret } = told;
const addresses = (...names: readonly string[]) =>
  names.map((name) => `- ${urlVariable(name)} must be set to the address of the ${name} subgraph.`);

test('everything wrong with the settings of all services is told at once', async () => {
  const problems = [port, database, key, password, wait, schedule, slack, cost];
  expect(await refusal('server/main.js')).toEqual([...problems, depth]);
});

test.each([
  ['workflow', [port, database, key, wait, secret, ...addresses(...domainOf('workflow').calls)]],
  ['notification', [port, database, key, schedule, slack, secret, ...addresses(...domainOf('notification').calls)]],
  ['gateway', [port, database, key, cost, secret, ...addresses(...DOMAIN_NAMES), depth]],
])('the process of %s tells everything that is wrong or missing for it', async (name, problems) => {
  expect(await refusal(`${name}/main.js`)).toEqual(problems);
});

test('--print-config shows what is in force, without secrets, and starts nothing', async () => {
  const given = { PORT: '4711', ADMIN_PASSWORD: 'hidden-password', DATABASE_URL: 'postgres://me:hidden@db.test/x' };
  const log = join(folder, `${++number}.log`);
  const child = Child.start('server/main.js', log, { ...given, GRAPHQL_MAX_DEPHT: '7' }, ['--print-config']);
  expect(await child.ended).toBe(0);
  expect(child.log).toContain('\nPORT=4711  # given\nPUBLIC_URL=http://localhost:4711  # default\n');
  expect(child.log).toContain('\nDATABASE_URL=postgres://db.test/x  # given\n');
  expect(child.log).toContain('\nADMIN_PASSWORD=(not shown)  # given\n');
  expect(child.log).toContain('\nGRAPHQL_MAX_DEPTH=20  # default\n');
  expect(child.log).toMatch(/\nGRAPHQL_MAX_DEPHT is not a setting; GRAPHQL_MAX_DEPTH may be meant\.\n$/);
  expect(child.log).not.toContain('hidden');
});
