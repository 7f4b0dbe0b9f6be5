import { prismaKeyset, type Keyset } from '@flowmesh/platform/connections';
import { containedIn, inTransaction, isDuplicateRecord } from '@flowmesh/platform/database';
import { appendEvents, prismaExecutor, type NewEvent } from '@flowmesh/platform/events';
import { removePolicyState, type CallPolicy } from '@flowmesh/platform/resilience';
import type { Prisma } from '@flowmesh/prisma/integration';
import { type Integration as IntegrationRow, type PrismaClient } from '@flowmesh/prisma/integration';
import type { Pool } from 'pg';
import type { Operation } from '../../clients/integration-client.ts';
import type { IntegrationQuery } from './integration-query.ts';
import type { IntegrationRecord, IntegrationValues } from './integration-record.ts';

type JsonObject = Record<string, unknown>;
type ToEvent = (integration: IntegrationRecord) => NewEvent;
type ToEvents = (integration: IntegrationRecord) => NewEvent[];

/** JSON columns hold what was checked when they were written. */
function toRecord(row: IntegrationRow): IntegrationRecord {
  return {
    ...row,
    configuration: row.configuration as JsonObject,
    operations: row.operations as unknown as Operation[],
    policy: row.policy as unknown as CallPolicy,
    metadata: row.metadata as JsonObject,
  };
}

const json = (value: unknown) => value as Prisma.InputJsonValue;

function toColumns(values: IntegrationValues) {
  return {
    ...values,
    configuration: json(values.configuration),
    credentialsSet: [...values.credentialsSet],
    operations: json(values.operations),
    policy: json(values.policy),
    tags: [...values.tags],
    metadata: json(values.metadata),
  };
}

function toWhere({ filter, visibleOwner }: IntegrationQuery): Prisma.IntegrationWhereInput {
  return {
    AND: [
      visibleOwner === null ? {} : { ownerId: visibleOwner },
      filter.ownerId ? { ownerId: filter.ownerId } : {},
      filter.search ? { OR: containedIn(['name', 'description'], filter.search) } : {},
    ],
    ...(filter.type ? { type: filter.type } : {}),
    ...(filter.status ? { status: filter.status } : {}),
    ...(filter.tags?.length ? { tags: { hasEvery: [...filter.tags] } } : {}),
  };
}

/** Integrations. `visibleOwner` null means everybody's. */
export class IntegrationStore {
  constructor(
    private readonly pool: Pool,
    private readonly prisma: PrismaClient,
  ) {}

  async find(id: string): Promise<IntegrationRecord | null> {
    const row = await this.prisma.integration.findUnique({ where: { id } });
    return row && toRecord(row);
  }

  async findMany(ids: readonly string[]): Promise<IntegrationRecord[]> {
    return (await this.prisma.integration.findMany({ where: { id: { in: [...ids] } } })).map(toRecord);
  }

  async page(query: IntegrationQuery, keyset: Keyset): Promise<IntegrationRecord[]> {
    const { where, ...order } = prismaKeyset(keyset);
    const rows = await this.prisma.integration.findMany({ where: { AND: [toWhere(query), where] }, ...order });
    return rows.map(toRecord);
  }

  count(query: IntegrationQuery): Promise<number> {
    return this.prisma.integration.count({ where: toWhere(query) });
  }

  /** Null when the owner has an integration of this name: the unique index decides. */
  async create(
    fixed: Pick<IntegrationRecord, 'id' | 'ownerId' | 'type'>,
    values: IntegrationValues,
    toEvent: ToEvent,
  ): Promise<IntegrationRecord | null> {
    try {
      return await this.prisma.$transaction(async (tx) => {
        const made = toRecord(await tx.integration.create({ data: { ...fixed, ...toColumns(values) } }));
        await appendEvents(prismaExecutor(tx), [toEvent(made)]);
        return made;
      });
    } catch (error) {
      if (isDuplicateRecord(error)) return null;
      throw error;
    }
  }

  /** Writes only if the integration is still at this version; says what was in the way otherwise. */
  async update(
    { id, version }: Pick<IntegrationRecord, 'id' | 'version'>,
    values: IntegrationValues,
    resetHealth: boolean,
    toEvents: ToEvents,
  ): Promise<IntegrationRecord | 'changed meanwhile' | 'name taken'> {
    const unchecked = {
      healthFailures: 0,
      healthError: null,
      healthCheckedAt: null,
      healthSucceededAt: null,
      healthLatencyMs: null,
    };
    const data = {
      ...toColumns(values),
      ...(resetHealth ? unchecked : {}),
      version: { increment: 1 },
      updatedAt: new Date(),
    };
    try {
      return await this.prisma.$transaction(async (tx) => {
        const [row] = await tx.integration.updateManyAndReturn({ where: { id, version }, data });
        if (!row) return 'changed meanwhile';
        const changed = toRecord(row);
        await appendEvents(prismaExecutor(tx), toEvents(changed));
        return changed;
      });
    } catch (error) {
      if (isDuplicateRecord(error)) return 'name taken';
      throw error;
    }
  }

  async idOfName(ownerId: string, name: string): Promise<string | null> {
    return (await this.prisma.integration.findFirst({ where: { ownerId, name }, select: { id: true } }))?.id ?? null;
  }

  /** With its statistics and all that its policy remembers; false when it was gone. */
  delete(integration: IntegrationRecord, toEvent: ToEvent): Promise<boolean> {
    return inTransaction(this.pool, async (tx) => {
      const { rowCount } = await tx.query('delete from integrations where id = $1', [integration.id]);
      if (rowCount === 0) return false;
      await removePolicyState(tx, integration.id);
      await appendEvents(tx, [toEvent(integration)]);
      return true;
    });
  }

  /** Of rotations whose time of grace is over. */
  async erasePreviousSecrets(): Promise<void> {
    await this.pool.query(
      `update integrations set sealed_old = null, previous_secrets_until = null
       where previous_secrets_until <= now()`,
    );
  }

  /** How many integrations of each type the viewer may see are well, and how many are not. */
  async healthByType(visibleOwner: string | null): Promise<TypeHealth[]> {
    const { rows } = await this.pool.query<TypeHealth>(
      `select type, count(*)::int as total,
         (count(*) filter (where health_checked_at is not null and health_failures = 0))::int as healthy,
         (count(*) filter (where health_failures > 0))::int as unhealthy
       from integrations where status = 'ACTIVE' and ($1::text is null or owner_id = $1) group by type`,
      [visibleOwner],
    );
    return rows;
  }
}

export interface TypeHealth {
  readonly type: string;
  readonly total: number;
  readonly healthy: number;
  readonly unhealthy: number;
}
