import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Child } from '../harness/child.ts';
import { clusterHome } from '../harness/cluster-home.ts';
import { freePort } from '../harness/ports.ts';
import { descendantsOf, stillRunning } from '../harness/processes.ts';

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

test('an unreachable DATABASE_URL is told in one sentence, without its password', async () => {
  const nobody = await freePort();
  const sentence = await failure(
    start({
      DATA_DIR: join(folder, 'unreachable'),
      PORT: String(await freePort()),
      DATABASE_URL: `postgres://flowmesh:hidden-password@127.0.0.1:${nobody}/postgres`,
    }),
  );
  expect(sentence).toContain(String(nobody));
  expect(sentence).not.toContain('hidden-password');
});

test('everything wrong with the configuration is told at once', async () => {
  const sentence = await failure(start({ PORT: 'many', DATABASE_URL: 'mysql://x', ENCRYPTION_KEY: 'short' }));
  for (const name of ['PORT', 'DATABASE_URL', 'ENCRYPTION_KEY']) expect(sentence).toContain(name);
});
