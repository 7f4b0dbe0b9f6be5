import { retentionSettings } from '@flowmesh/platform/config';
import { onlyRow } from '@flowmesh/platform/database';
import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { ExecutionService } from '../executions/execution-service.ts';
import type { MakerRights } from '../rights/maker-rights.ts';
import { BulkRounds } from './bulk-rounds.ts';
import { BulkService } from './bulk-service.ts';
import { BulkStore } from './bulk-store.ts';

const ROUND_MS = 1_000;

/** Many executions at once. */
export function createBulk(domain: OpenDomain, executions: ExecutionService, rights: MakerRights): BulkService {
  const { pool, queues, logger, config } = domain;
  const now = async () => onlyRow((await pool.query<{ now: Date }>('select clock_timestamp() as now')).rows).now;
  const store = new BulkStore(pool);
  const rounds = new BulkRounds({ store, executions, rights, logger });
  const { executionRetentionDays } = config.settings.of(retentionSettings);
  domain.inWorkers('bulk operations', () => queues.repeat('workflow-bulk', ROUND_MS, () => rounds.round()));
  domain.retain('workflow-bulk-operations', (limit) => store.removeOld(executionRetentionDays, limit));
  return new BulkService({ store, executions, now });
}
