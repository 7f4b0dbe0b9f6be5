import { createPool } from '@flowmesh/platform/database';
import { createEventBus } from '@flowmesh/platform/events';
import { createQueueSystem } from '@flowmesh/platform/queue';
import { createTestDatabases, silent } from '@flowmesh/platform/subgraph-testing';
import { prepareIntegrations, type IntegrationProcess, type IntegrationUnderTest } from './integration-under-test.ts';

export interface SecretSearch {
  readonly integrations: IntegrationUnderTest;
  /** With its workers. */
  readonly one: IntegrationProcess;
  /** None of the forms is in what was answered, nor anywhere that the product writes to. */
  expectNowhere(forms: readonly string[], seen: readonly unknown[], id: string): Promise<void>;
  stop(): Promise<void>;
}

/** All rows of all tables, as text. */
async function dump(url: string): Promise<string> {
  const pool = createPool(url, { max: 1, applicationName: 'test' });
  try {
    const { rows } = await pool.query<{ name: string }>(
      `select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables`,
    );
    const tables = rows.map(({ name }) => pool.query<{ t: string }>(`select t::text as t from ${name} t`));
    return (await Promise.all(tables)).flatMap((table) => table.rows.map(({ t }) => t)).join('\n');
  } finally {
    await pool.end();
  }
}

/** Integrations whose log, events, jobs, metrics and tables can be searched for secrets. */
export async function prepareSecretSearch(): Promise<SecretSearch> {
  const platform = await createTestDatabases('platform');
  const shared = { redisUrl: null, platformDatabaseUrl: platform.urls.platform, logger: silent };
  const bus = await createEventBus(shared);
  const queues = await createQueueSystem(shared);
  const integrations = await prepareIntegrations({ bus, queues });
  const one = await integrations.process({ worker: true });
  return {
    ...{ integrations, one },
    async expectNowhere(forms, seen, id) {
      const places = {
        answers: JSON.stringify(seen),
        log: integrations.lines.join('\n'),
        metrics: (await integrations.platforms[0]?.metrics.metrics()) ?? '',
        database: await dump(integrations.url),
        'queue and bus': await dump(platform.urls.platform),
      };
      for (const [place, text] of Object.entries(places)) {
        const found = forms
          .flatMap((form) => [form, JSON.stringify(form).slice(1, -1)])
          .filter((form) => text.includes(form));
        expect({ place, found }).toEqual({ place, found: [] });
      }
      expect(places.database).toContain(id);
    },
    async stop() {
      await integrations.stop();
      await queues.close();
      await bus.close();
      await platform.drop();
    },
  };
}
