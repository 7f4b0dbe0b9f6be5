import { prismaKeyset, type Keyset } from '@flowmesh/platform/connections';
import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents, type NewEvent } from '@flowmesh/platform/events';
import type { InboundWebhook as WebhookRow, Prisma, PrismaClient } from '@flowmesh/prisma/integration';
import type { Pool } from 'pg';
import type { InboundWebhook, WebhookEndpoint } from './webhook-record.ts';

export interface WebhookQuery {
  readonly integrationId?: string | null | undefined;
  readonly type?: string | null | undefined;
  /** Null for everybody's. */
  readonly visibleOwner: string | null;
}

type ToEvent = (webhook: InboundWebhook) => NewEvent;

const OWNER = { integration: { select: { ownerId: true } } } as const;

function toWebhook({ integration, ...row }: WebhookRow & { integration: { ownerId: string } }): InboundWebhook {
  return { ...row, ownerId: integration.ownerId };
}

function toWhere({ integrationId, type, visibleOwner }: WebhookQuery): Prisma.InboundWebhookWhereInput {
  return {
    ...(integrationId ? { integrationId } : {}),
    ...(type ? { type } : {}),
    ...(visibleOwner === null ? {} : { integration: { ownerId: visibleOwner } }),
  };
}

/** Endpoints of services, and what was received there. */
export class WebhookStore {
  constructor(
    private readonly pool: Pool,
    private readonly prisma: PrismaClient,
  ) {}

  async endpoints(integrationIds: readonly string[]): Promise<Map<string, WebhookEndpoint>> {
    const where = { integrationId: { in: [...integrationIds] } };
    const rows = await this.prisma.webhookEndpoint.findMany({ where });
    return new Map(rows.map((row) => [row.integrationId, row as typeof row & WebhookEndpoint]));
  }

  async configure(endpoint: Omit<WebhookEndpoint, 'updatedAt'>): Promise<WebhookEndpoint> {
    const { integrationId } = endpoint;
    const updated = { ...endpoint, updatedAt: new Date() };
    const row = await this.prisma.webhookEndpoint.upsert({
      where: { integrationId },
      create: endpoint,
      update: updated,
    });
    return row as typeof row & WebhookEndpoint;
  }

  async stop(integrationId: string): Promise<void> {
    await this.prisma.webhookEndpoint.deleteMany({ where: { integrationId } });
  }

  /** False when it was received before: the unique index decides. */
  receive(webhook: Omit<InboundWebhook, 'replays' | 'replayedAt' | 'receivedAt'>, toEvent: ToEvent): Promise<boolean> {
    const { id, integrationId, deliveryId, type, contentType, body } = webhook;
    return inTransaction(this.pool, async (tx) => {
      const { rowCount } = await tx.query(
        `insert into inbound_webhooks (id, integration_id, delivery_id, type, content_type, body)
         values ($1, $2, $3, $4, $5, $6) on conflict (integration_id, delivery_id) do nothing`,
        [id, integrationId, deliveryId, type, contentType, body],
      );
      if (rowCount === 0) return false;
      await appendEvents(tx, [toEvent({ ...webhook, replays: 0, replayedAt: null, receivedAt: new Date() })]);
      return true;
    });
  }

  async find(id: string): Promise<InboundWebhook | null> {
    const row = await this.prisma.inboundWebhook.findUnique({ where: { id }, include: OWNER });
    return row && toWebhook(row);
  }

  async page(query: WebhookQuery, keyset: Keyset): Promise<InboundWebhook[]> {
    const { where, ...order } = prismaKeyset(keyset);
    const both = { AND: [toWhere(query), where] };
    return (await this.prisma.inboundWebhook.findMany({ where: both, ...order, include: OWNER })).map(toWebhook);
  }

  count(query: WebhookQuery): Promise<number> {
    return this.prisma.inboundWebhook.count({ where: toWhere(query) });
  }

  /** Null when it is gone. */
  replay(webhook: InboundWebhook, toEvent: ToEvent): Promise<InboundWebhook | null> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<Pick<InboundWebhook, 'replays' | 'replayedAt'>>(
        `update inbound_webhooks set replays = replays + 1, replayed_at = now() where id = $1
         returning replays, replayed_at as "replayedAt"`,
        [webhook.id],
      );
      const [counted] = rows;
      if (!counted) return null;
      const replayed = { ...webhook, ...counted };
      await appendEvents(tx, [toEvent(replayed)]);
      return replayed;
    });
  }

  /** Removes at most `limit` that are so many days old. Gives how many went. */
  async removeOld(retentionDays: number, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from inbound_webhooks where id = any(array(
         select id from inbound_webhooks where received_at < now() - make_interval(days => $1)
         order by received_at limit $2))`,
      [retentionDays, limit],
    );
    return rowCount ?? 0;
  }
}
