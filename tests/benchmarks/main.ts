// npm run bench [-- starting tokens sandbox contexts policies stats join engine notifications subscriptions auth hostile overload]: all figures in one run, as ratios to each other.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@flowmesh/platform/database';
import { createLogger } from '@flowmesh/platform/logging';
import { redisIsAvailable } from '../harness/redis.ts';
import { testDatabaseUrl } from '../harness/test-config.ts';
import { benchmarkAuth } from './auth.ts';
import { benchmarkContexts } from './contexts.ts';
import { benchmarkEngine } from './engine.ts';
import { benchmarkHostile } from './hostile.ts';
import { benchmarkJoin } from './join.ts';
import { benchmarkNotifications } from './notifications.ts';
import { benchmarkOverload } from './overload.ts';
import { benchmarkPolicies } from './policies.ts';
import { benchmarkSandbox } from './sandbox.ts';
import { benchmarkStarting } from './starting.ts';
import { benchmarkStats } from './stats.ts';
import { benchmarkSubscriptions } from './subscriptions.ts';
import { benchmarkTokens } from './tokens.ts';

const chosen = process.argv.slice(2);
const wanted = (name: string) => chosen.length === 0 || chosen.includes(name);

const folder = mkdtempSync(join(tmpdir(), 'flowmesh-bench-'));
const logger = createLogger({ level: 'warn', name: 'bench' });
const given = testDatabaseUrl();

async function startServer(name: string) {
  if (given) return { url: given, stop: async () => undefined };
  return startEmbeddedPostgres({ dataDir: join(folder, name), logger });
}

if (wanted('starting')) await benchmarkStarting();
if (wanted('tokens')) await benchmarkTokens();
if (wanted('sandbox')) await benchmarkSandbox();
const server = await startServer('one');
try {
  if (wanted('contexts')) await benchmarkContexts(server.url);
  if (wanted('policies')) await benchmarkPolicies(server.url);
  if (wanted('stats')) await benchmarkStats(server.url);
  if (wanted('join')) {
    // A server for each topology: both keep all their connections to the end.
    const other = await startServer('other');
    await benchmarkJoin(server.url, other.url).finally(() => other.stop());
  }
  const backends = redisIsAvailable() ? (['postgres', 'redis'] as const) : (['postgres'] as const);
  if (wanted('engine')) await benchmarkEngine(server.url, backends);
  if (wanted('notifications')) await benchmarkNotifications(server.url, backends);
  if (wanted('auth')) await benchmarkAuth(server.url);
  if (wanted('overload')) await benchmarkOverload(server.url);
  if (wanted('hostile')) await benchmarkHostile(server.url);
  if (wanted('subscriptions')) await benchmarkSubscriptions(server.url);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
