import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@flowmesh/platform/database';
import { createLogger } from '@flowmesh/platform/logging';
import { until } from '@flowmesh/platform/testing';
import { sql } from '../harness/databases.ts';
import { TcpProxy } from '../harness/tcp-proxy.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const WRITERS = 50;
const WRITES = 4;

const folder = mkdtempSync(join(tmpdir(), 'flowmesh-contexts-'));
const logger = createLogger({ level: 'warn', name: 'tests' });
let database: EmbeddedPostgres;
let line: TcpProxy;
let topology: Topology;
let user: TestUser;

const port = () => Number(new URL(database.url).port);

beforeAll(async () => {
  database = await startEmbeddedPostgres({ dataDir: folder, logger });
  line = await TcpProxy.start(port());
  const url = new URL(database.url);
  url.port = String(line.port);
  topology = await startTopology({ domains: ['auth', 'context'], databaseUrl: url.href });
  user = await makeUser(topology);
}, 180_000);
afterAll(async () => {
  await topology?.stop();
  await line?.stop();
  await database?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

interface Made {
  readonly context: { readonly id: string; readonly layers: readonly { readonly id: string }[] };
}
interface Message {
  readonly contextChanged: { readonly cursor: string; readonly version: number };
}

const CREATE = `mutation ($input: CreateContextInput!) {
  createContext(input: $input) { __typename ... on CreateContextSuccess { context { id layers { id } } } }
}`;
const WRITE = 'mutation ($input: UpdateContextLayerInput!) { updateContextLayer(input: $input) { __typename } }';
const WATCH = 'subscription ($id: ID!, $after: String) { contextChanged(id: $id, after: $after) { cursor version } }';

/** Versions as a client sees them that comes again where its stream has ended. */
async function watch(id: string, last: () => number | null): Promise<number[]> {
  const versions: number[] = [];
  const from: { after: string | null } = { after: null };
  while (last() === null || (versions.at(-1) ?? 0) < last()!) {
    const messages = user.graph.subscribe<Message>(WATCH, { id, ...from });
    for (;;) {
      const message = await messages.next().catch(() => undefined);
      if (!message) break;
      const { cursor, version } = message.contextChanged;
      // The first message of a stream is the state at its beginning.
      if (version !== versions.at(-1)) versions.push(version);
      from.after = cursor;
      if (last() !== null && version >= last()!) return versions;
    }
    await wait(100);
  }
  return versions;
}

test.each<[string, () => Promise<unknown>]>([
  [
    'killed and started again',
    async () => {
      await topology.apis.context.kill();
      await topology.startApi('context');
    },
  ],
  [
    'frozen for three seconds',
    async () => {
      topology.apis.context.freeze();
      await wait(3_000);
      topology.apis.context.thaw();
    },
  ],
  [
    'without PostgreSQL, which restarts,',
    async () => {
      line.cut();
      await database.stop();
      database = await startEmbeddedPostgres({ dataDir: folder, logger });
      line.restore(port());
    },
  ],
])(
  'nothing accepted is lost while the service of contexts is %s amid 50 writers',
  async (_what, fault) => {
    const input = { name: unique('context'), type: 'x', layers: [{ layerType: 'x', data: { begun: true } }] };
    const { context } = await user.graph.mutate<Made>(CREATE, { input });
    const layerId = context.layers[0]!.id;
    let accepted = 0;
    let lastVersion: number | null = null;
    const watched = watch(context.id, () => lastVersion);
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let at = 0; at < WRITES; at += 1) {
        const change = { id: layerId, mergePatch: { [`k${writer}_${at}`]: at } };
        // As clients do: what has not been answered is sent again, and changes nothing if it was done.
        await until(
          'it is written',
          async () => {
            const { __typename: outcome } = await user.graph.mutate<{ __typename: string }>(WRITE, { input: change });
            return outcome === 'UpdateContextLayerSuccess';
          },
          { timeoutMs: 90_000, everyMs: 200 },
        );
        accepted += 1;
      }
    });
    await until('the middle', () => accepted >= (WRITERS * WRITES) / 4, { timeoutMs: 60_000 });
    await fault();
    await Promise.all(writers);

    const query = 'query ($id: ID!) { context(id: $id) { version resolved { value } } }';
    const found = await user.graph.query<{ context: { version: number; resolved: { value: object } } }>(query, {
      id: context.id,
    });
    const keys = Array.from({ length: WRITERS * WRITES }, (_, n) => `k${Math.floor(n / WRITES)}_${n % WRITES}`);
    expect(Object.keys(found.context.resolved.value).sort()).toEqual(['begun', ...keys].sort());
    // One version for each write: what was sent twice was done once.
    expect(found.context.version).toBe(keys.length + 1);
    const stored = await sql<{ version: number }>(
      topology,
      'context',
      `select version from context_versions where context_id = '${context.id}' order by version`,
    );
    const everyVersion = Array.from({ length: keys.length + 1 }, (_, index) => index + 1);
    expect(stored.map(({ version }) => version)).toEqual(everyVersion);
    lastVersion = found.context.version;
    // The stream may wait for a change: this one ends it.
    await user.graph.mutate(WRITE, { input: { id: layerId, mergePatch: { ended: true } } });
    const seen = await watched;
    expect(seen.slice(0, seen.indexOf(lastVersion) + 1)).toEqual(everyVersion.slice(seen[0]! - 1));
  },
  240_000,
);
