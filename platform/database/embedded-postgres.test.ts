import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { createLogger } from '../logging/index.ts';
import { until } from '../testing/index.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts';
import { processStart } from './process-identity.ts';

const logger = createLogger({ level: 'silent', name: 'test' });

/** Where the cluster is: beside its control files, or for root in a folder that another account can reach. */
async function clusterFolder(dataDir: string): Promise<string> {
  const home = await readFile(join(dataDir, 'postgres', 'location'), 'utf8').catch(() => join(dataDir, 'postgres'));
  return join(home.trim(), 'data');
}

async function serverPid(dataDir: string): Promise<number> {
  return Number((await readFile(join(await clusterFolder(dataDir), 'postmaster.pid'), 'utf8')).split('\n', 1)[0]);
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** A process of its own that starts a server on the folder; resolves with its first line. */
async function startElsewhere(dataDir: string): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(__dirname, 'fixtures', 'start-embedded.ts'), dataDir],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const line = await new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('\n')) resolve(output.trim());
    });
    child.once('exit', () => reject(new Error(`it ended without a line: ${output}`)));
  });
  return { child, line };
}

describe('startEmbeddedPostgres', () => {
  let root: string;
  let dataDir: string;
  let counter = 0;
  const running: EmbeddedPostgres[] = [];
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'flowmesh-embedded-'));
    await chmod(root, 0o711);
  });

  beforeEach(() => {
    dataDir = join(root, `data-${(counter += 1)}`);
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await Promise.all(running.splice(0).map((server) => server.stop()));
  });

  afterAll(async () => {
    await rm(root, { recursive: true });
  });

  async function start(): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres({ dataDir, logger });
    running.push(server);
    return server;
  }

  it('keeps data and password over a restart and leaves nothing running', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 42 as answer');
    const pid = await serverPid(dataDir);
    await first.stop();
    expect(await processStart(pid)).toBeNull();
    expect(existsSync(join(dataDir, 'postgres', 'lock'))).toBe(false);

    const second = await start();
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
  });

  it('lets nobody in without the password, and keeps that to its owner', async () => {
    const { url } = await start();
    const other = new URL(url);
    other.password = 'guess';
    await expect(query(other.toString(), 'select 1')).rejects.toThrow(/password authentication failed/);
    expect((await stat(join(dataDir, 'postgres', 'password'))).mode & 0o777).toBe(0o600);
  });

  it('refuses a folder that another process uses, naming that process', async () => {
    const { child } = await startElsewhere(dataDir);
    children.push(child);
    const pid = child.pid ?? 0;
    await expect(start()).rejects.toThrow(
      `The data folder ${dataDir} is in use by process ${pid}: stop that process or set another DATA_DIR.`,
    );
    expect(await processStart(await serverPid(dataDir))).not.toBeNull();

    const server = await serverPid(dataDir);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    await start();
    expect(await processStart(server)).toBeNull();
  });

  it('starts after its starter was killed, with all that was committed', async () => {
    const { child, line: url } = await startElsewhere(dataDir);
    await query(url, 'create table kept as select 42 as answer');
    const orphan = await serverPid(dataDir);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(await processStart(orphan)).not.toBeNull();

    const server = await start();
    expect(await processStart(orphan)).toBeNull();
    expect(await query(server.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('starts after the machine went down, though other programs have the old process ids now', async () => {
    await (await start()).stop();
    const data = await clusterFolder(dataDir);
    await writeFile(join(data, 'postmaster.pid'), `${process.pid}\n${data}\n1\n5432\n\n127.0.0.1\n  1 1\nready\n`);
    await writeFile(join(dataDir, 'postgres', 'lock'), JSON.stringify({ pid: process.pid, start: 'then', token: 'x' }));
    expect(await query((await start()).url, 'select 1 as up')).toEqual([{ up: 1 }]);
  });

  it('is started again, under the same address, when it ends by itself', async () => {
    const { url } = await start();
    await query(url, 'create table kept as select 42 as answer');
    for (const signal of ['SIGKILL', 'SIGQUIT'] as const) {
      const pid = await serverPid(dataDir);
      process.kill(pid, signal);
      await until(
        'another server answers',
        async () => {
          const rows = await query(url, 'select answer from kept').catch(() => null);
          return rows !== null && (await serverPid(dataDir)) !== pid;
        },
        { timeoutMs: 60_000 },
      );
      expect(await query(url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    }
  });

  it('is not started again for ever: what ends six times is said to be away', async () => {
    const givenUp: string[] = [];
    const onGivenUp = ({ message }: Error) => void givenUp.push(message);
    const server = await startEmbeddedPostgres({ dataDir, logger, onGivenUp });
    running.push(server);
    const killed = new Set<number>();
    await until(
      'it is given up',
      async () => {
        const pid = await serverPid(dataDir).catch(() => 0);
        if (pid > 1 && !killed.has(pid) && (await query(server.url, 'select 1').catch(() => null))) {
          killed.add(pid);
          process.kill(pid, 'SIGKILL');
        }
        return givenUp.length > 0;
      },
      { timeoutMs: 60_000 },
    );
    expect(killed.size).toBe(6);
    expect(givenUp).toEqual([
      expect.stringMatching(
        /^The embedded database in .*data has ended 6 times within 10 minutes and is not started again/,
      ),
    ]);
  }, 90_000);

  it('lets one of several that find a stale lock have it', async () => {
    await mkdir(join(dataDir, 'postgres'), { recursive: true });
    await writeFile(join(dataDir, 'postgres', 'lock'), JSON.stringify({ pid: 999_999_999, start: 'then', token: 'x' }));
    const outcomes = await Promise.allSettled([start(), start(), start()]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  it('makes a cluster anew whose making was interrupted', async () => {
    const home = join(dataDir, 'postgres');
    await mkdir(join(home, 'data.new', 'base'), { recursive: true });
    await writeFile(join(home, 'data.new', 'PG_VERSION'), '18\n');
    expect(await query((await start()).url, 'select 1 as up')).toEqual([{ up: 1 }]);
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip;
  asRoot('works for root in a folder closed to all others, and starts anew once that was removed', async () => {
    const closed = join(root, 'closed');
    await mkdir(closed, { mode: 0o700 });
    dataDir = join(closed, 'data');
    await query((await start()).url, 'create table kept as select 42 as answer');
    await running.pop()?.stop();
    const data = await clusterFolder(dataDir);
    expect(data.startsWith(dataDir)).toBe(false);
    expect(await query((await start()).url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await running.pop()?.stop();

    await rm(dataDir, { recursive: true });
    expect(await query((await start()).url, `select to_regclass('kept') as found`)).toEqual([{ found: null }]);
    await running.pop()?.stop();
    await rm(dirname(await clusterFolder(dataDir)), { recursive: true });
    await rm(`${dirname(data)}.previous`, { recursive: true });
  });

  asRoot('keeps the data in a data folder of root that is closed itself', async () => {
    await mkdir(dataDir, { mode: 0o700 });
    await start();
    expect(await clusterFolder(dataDir)).toBe(join(dataDir, 'postgres', 'data'));
    await running.pop()?.stop();

    await chmod(root, 0o700);
    await expect(start()).rejects.toThrow(/is closed to other accounts now: allow them to pass/);
    await chmod(root, 0o711);
  });

  it.each([
    ['a file is missing', (data: string) => rm(join(data, 'PG_VERSION')), 'is damaged (files are missing or cut off)'],
    ['a file is cut off', (data: string) => truncate(join(data, 'global', 'pg_control'), 100), 'is damaged (files are'],
    ['the log is gone', (data: string) => rm(join(data, 'pg_wal'), { recursive: true }), 'does not start ('],
  ])('says what to do when %s', async (_case, damage, words) => {
    await (await start()).stop();
    const data = await clusterFolder(dataDir);
    await damage(data);
    const failure = start();
    await expect(failure).rejects.toThrow(`The database in ${data} ${words}`);
    await expect(failure).rejects.toThrow(/restore .* from a backup, or remove .* to start anew\.$/);
    expect(existsSync(join(dataDir, 'postgres', 'lock'))).toBe(false);
  });
});
