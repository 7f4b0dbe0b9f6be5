import { createDatabases, createPool, migrateDomain, withDatabase } from '@flowmesh/platform/database';
import {
  CallError,
  CallRefused,
  DEFAULT_POLICY,
  PolicyChain,
  SharedStore,
  type CallPolicy,
} from '@flowmesh/platform/resilience';
import { HttpDouble, sendJson } from '@flowmesh/platform/testing';
import { fileURLToPath } from 'node:url';
import { printTable, type Row } from './table.ts';

const SECONDS = 2;
const MIGRATIONS = fileURLToPath(new URL('../../prisma/integration/migrations', import.meta.url));
const NEVER_OPENS: CallPolicy = { ...DEFAULT_POLICY, timeoutMs: 5_000 };

/** What the policy chain costs a call that is made, kept, or refused, beside the bare call. One call after the other. */
export async function benchmarkPolicies(server: string): Promise<void> {
  await createDatabases(server, ['bench_policies']);
  const url = withDatabase(server, 'bench_policies');
  await migrateDomain(url, MIGRATIONS);
  const pool = createPool(url, { max: 10, applicationName: 'bench' });
  const service = await HttpDouble.start((_call, response) => sendJson(response, { ok: true }));
  const chain = new PolicyChain(new SharedStore({ pool }));
  const call = async () => (await fetch(service.url)).json() as Promise<unknown>;
  const through = (key: string, policy: CallPolicy, entry: string | null = null) =>
    chain.run({ key, policy, entry, work: call });
  try {
    const limited = { ...NEVER_OPENS, rateLimit: { calls: 1_000_000, perSeconds: 1 } };
    const kept = { ...NEVER_OPENS, cacheSeconds: 600 };
    await through('kept', kept, 'entry');
    await openCircuit(chain);
    const refused = () =>
      through('open', NEVER_OPENS).catch((error: unknown) => {
        if (!(error instanceof CallRefused)) throw error;
      });
    printTable('A call through the policy chain', 'calls a second', [
      { name: 'peer: the bare call', ...(await run(call)) },
      { name: 'made, without a limit of calls', ...(await run(() => through('made', NEVER_OPENS))) },
      { name: 'made, with a limit of calls', ...(await run(() => through('limited', limited))) },
      { name: 'answered from the cache', ...(await run(() => through('kept', kept, 'entry'))) },
      { name: 'refused: the circuit is open', ...(await run(refused)) },
    ]);
  } finally {
    await chain.store.stop();
    await service.stop();
    await pool.end();
  }
}

async function openCircuit(chain: PolicyChain): Promise<void> {
  const policy = { ...NEVER_OPENS, retry: { ...NEVER_OPENS.retry, maxAttempts: 1 } };
  const work = () => Promise.reject(new CallError('CONNECTION', 'No answer.', { retryable: true, fault: true }));
  for (let at = 0; at < policy.circuitBreaker.minimumCalls; at += 1) {
    await chain.run({ key: 'open', policy, entry: null, work }).catch(() => undefined);
  }
}

async function run(work: () => Promise<unknown>): Promise<Pick<Row, 'value' | 'note'>> {
  const begun = performance.now();
  let done = 0;
  while (performance.now() - begun < SECONDS * 1_000) {
    await work();
    done += 1;
  }
  const elapsedMs = performance.now() - begun;
  return { value: (done / elapsedMs) * 1_000, note: `${(elapsedMs / done).toFixed(3)} ms a call` };
}
