import { appendEvents } from '@flowmesh/platform/events';
import { integrationUseChanged } from '@flowmesh/platform/integration-use';
import type { PoolClient } from 'pg';
import type { Channel } from '../../adapters/channel-adapter.ts';

/** What was removed. */
export interface GoneUser {
  readonly id: string;
  readonly name: string;
  readonly integrationId: string | null;
  readonly version: number;
}

/** Of a row that is removed. */
export const GONE_USER = 'id, name, integration_id as "integrationId", use_version + 1 as version';

interface User extends GoneUser {
  readonly hasFallback: boolean;
}

/** To be taken before anything is changed: whoever comes next sees what was written. */
export async function lockProviders(tx: PoolClient, channel: Channel): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtext($1))', [`notification-providers:${channel}`]);
}

/**
 * Tells the integration domain which integrations the providers of a channel use, in the transaction that changes one of
 * them and under its lock: others may have got somebody who stands in for them, or lost them.
 */
export async function tellOfUse(tx: PoolClient, channel: Channel, gone: readonly GoneUser[] = []): Promise<void> {
  const { rows } = await tx.query<User>(
    `update channel_configs c set use_version = c.use_version + 1
     where c.channel = $1::channel and (c.integration_id is not null or c.use_version > 0)
     returning c.id, c.name, c.integration_id as "integrationId", c.use_version as version,
       not c.is_active or exists (
         select from channel_configs o
         where o.channel = c.channel and o.is_active and (o.position, o.id) > (c.position, c.id)
       ) as "hasFallback"`,
    [channel],
  );
  const removed = gone
    .filter(({ integrationId }) => integrationId !== null)
    .map((user) => ({ ...user, integrationId: null, hasFallback: false }));
  await appendEvents(
    tx,
    [...rows, ...removed].map(({ id, name, integrationId, version, hasFallback }) =>
      integrationUseChanged({
        kind: 'NOTIFICATION_CHANNEL',
        id,
        name: `${channel}: ${name}`,
        ownerId: null,
        version,
        uses: integrationId === null ? [] : [{ integrationId, hasFallback }],
      }),
    ),
  );
}
