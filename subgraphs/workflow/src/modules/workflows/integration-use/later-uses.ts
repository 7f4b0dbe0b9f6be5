import { inTransaction } from '@flowmesh/platform/database';
import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { tellOfUse } from './integration-use.ts';

const EVERY_MS = 10_000;
/** Workflows in one round. */
const LIMIT = 100;

/** Once executions of earlier versions have ended, their workflow does not use what only these versions called. */
export const startLaterUses = ({ pool, queues, published }: Pick<OpenDomain, 'pool' | 'queues' | 'published'>) =>
  queues.repeat('workflow-integration-use', EVERY_MS, async () => {
    const { rows } = await pool.query<{ id: string }>(
      `select id from workflows where use_looks_again order by updated_at limit ${LIMIT}`,
    );
    for (const { id } of rows) await inTransaction(pool, (tx) => tellOfUse(tx, id));
    if (rows.length > 0) published();
  });
