import type { Pool } from 'pg';
import { createPool } from '../../database/index.ts';
import { createTestDatabases } from '../../subgraph-testing/index.ts';
import { CallError, DEFAULT_POLICY, PolicyChain, SharedStore, type CallPolicy } from '../index.ts';

const TABLES = `
  create table policy_circuits (key text primary key, state text not null default 'CLOSED', opened_at timestamptz(3),
    retry_at timestamptz(3), probe_token text, probe_expires_at timestamptz(3), changed_at timestamptz(3));
  create table policy_outcomes (key text, process text, second timestamptz(0), successes int not null,
    failures int not null, primary key (key, process, second));
  create table policy_stops (key text, process text, stopped_until timestamptz(3) not null, primary key (key, process));
  create table policy_rates (key text primary key, taken_until timestamptz(6) not null, held_until timestamptz(3));
  create table policy_cache (key text, entry text, value jsonb not null, bytes int not null,
    stored_at timestamptz(3) not null, expires_at timestamptz(3) not null, primary key (key, entry));`;

export interface PolicyDatabase {
  readonly pool: Pool;
  /** Changes of circuits, as they were told in the transactions that made them. */
  readonly changes: { readonly key: string; readonly state: string }[];
  /** The chain of one process; all of a database hear of changes, as by a domain's events. */
  process(name: string): PolicyChain<SharedStore>;
  stop(): Promise<void>;
}

export async function preparePolicies(): Promise<PolicyDatabase> {
  const databases = await createTestDatabases('policies');
  const pool = createPool(databases.urls.policies, { max: 10, applicationName: 'test' });
  await pool.query(TABLES);
  const changes: { key: string; state: string }[] = [];
  const stores: SharedStore[] = [];
  return {
    pool,
    changes,
    process(name) {
      const store = new SharedStore({
        pool,
        process: name,
        changed: async (_tx, key, state) => void changes.push({ key, state }),
        committed: () => {
          const last = changes.at(-1);
          if (last) for (const each of stores) each.noticed(last.key);
        },
      });
      stores.push(store);
      return new PolicyChain(store);
    },
    async stop() {
      await Promise.all(stores.map((store) => store.stop()));
      await pool.end();
      await databases.drop();
    },
  };
}

/** Opens at the fifth call of which half are faults; nothing is repeated. */
export const STRICT: CallPolicy = {
  ...DEFAULT_POLICY,
  circuitBreaker: { failureRatePercent: 50, windowSeconds: 60, minimumCalls: 5, openSeconds: 60 },
  retry: { maxAttempts: 1, initialDelayMs: 0, maxDelayMs: 0 },
};

export const fault = () => new CallError('CONNECTION', 'No answer.', { retryable: true, fault: true });
export const wrong = () => new CallError('HTTP_STATUS', 'It answered 404.', { retryable: false, fault: false });
