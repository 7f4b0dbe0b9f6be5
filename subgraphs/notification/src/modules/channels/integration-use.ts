import { appendEvents } from '@flowmesh/platform/events';
import { integrationUseChanged } from '@flowmesh/platform/integration-use';
import type { PoolClient } from 'pg';
import type { Channel } from '../../adapters/channel-adapter.ts';
import type { ProviderRecord } from './channel-record.ts';

/** What was removed. */
export interface GoneUser {
  readonly id: string;
  readonly name: string;
  readonly integrationId: string | null;
  readonly version: number;
}

/** Of a row that is removed. */
export const GONE_USER = 'id, name, integration_id as "integrationId", use_version + 1 as version';

/** A provider as far as it matters for who stands in for whom. */
export type StandIn = Pick<ProviderRecord, 'id' | 'name' | 'provider' | 'integrationId' | 'isActive' | 'settings'>;

/** Whether a provider can send to this recipient. */
export type TakesRecipient = (provider: StandIn, recipient: string) => boolean;

/** To be taken before anything is changed: whoever comes next sees what was written. */
export async function lockProviders(tx: PoolClient, channel: Channel): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtext($1))', [`notification-providers:${channel}`]);
}

/**
 * Something else takes over: active ones behind it can send to each recipient that it names, or to whichever address
 * when it names none. What is switched off needs nobody.
 */
export function hasFallback(provider: StandIn, behind: readonly StandIn[], takes: TakesRecipient): boolean {
  if (!provider.isActive) return true;
  const active = behind.filter(({ isActive }) => isActive);
  const named = (provider.settings?.['recipients'] ?? []) as readonly string[];
  return active.length > 0 && named.every((recipient) => active.some((other) => takes(other, recipient)));
}

/**
 * Tells the integration domain which integrations the providers of a channel use, in the transaction that changes one of
 * them and under its lock: others may have got somebody who stands in for them, or lost them. `providers`: all of the
 * channel, in order.
 */
export async function tellOfUse(
  tx: PoolClient,
  channel: Channel,
  { providers, takes, gone = [] }: UseOfChannel,
): Promise<void> {
  const { rows } = await tx.query<{ id: string; version: number }>(
    `update channel_configs c set use_version = c.use_version + 1
     where c.channel = $1::channel and (c.integration_id is not null or c.use_version > 0)
     returning c.id, c.use_version as version`,
    [channel],
  );
  const users = rows.flatMap(({ id, version }) => {
    const at = providers.findIndex((provider) => provider.id === id);
    const user = providers[at];
    if (!user) return [];
    return [{ ...user, version, hasFallback: hasFallback(user, providers.slice(at + 1), takes) }];
  });
  const removed = gone
    .filter(({ integrationId }) => integrationId !== null)
    .map((user) => ({ ...user, integrationId: null, settings: null, hasFallback: false }));
  await appendEvents(
    tx,
    [...users, ...removed].map(({ id, name, integrationId, settings, version, hasFallback: isCovered }) =>
      integrationUseChanged({
        kind: 'NOTIFICATION_CHANNEL',
        id,
        name: `${channel}: ${name}`,
        ownerId: null,
        version,
        uses:
          integrationId === null ? [] : [{ integrationId, hasFallback: isCovered, operations: operationsOf(settings) }],
      }),
    ),
  );
}

/** The one through which messages are sent. */
function operationsOf(settings: StandIn['settings'] | null): string[] {
  const operation = settings?.['operation'];
  return typeof operation === 'string' && operation !== '' ? [operation] : [];
}

interface UseOfChannel {
  readonly providers: readonly StandIn[];
  readonly takes: TakesRecipient;
  readonly gone?: readonly GoneUser[];
}
