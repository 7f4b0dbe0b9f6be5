import { prismaKeyset, type Keyset } from '@flowmesh/platform/connections';
import { containedIn, inTransaction, isDuplicateRecord } from '@flowmesh/platform/database';
import { appendEvents, prismaExecutor, type NewEvent } from '@flowmesh/platform/events';
import { removePolicyState } from '@flowmesh/platform/resilience';
import { Prisma, type Agent as AgentRow, type PrismaClient } from '@flowmesh/prisma/agent';
import type { Pool, PoolClient } from 'pg';
import { useBegun, useChanged, useEnded } from './agent-integrations.ts';
import type { AgentQuery } from './agent-query.ts';
import type { AgentRecord, AgentStatus, AgentTypeRecord, AgentValues, RetryRules } from './agent-record.ts';

type JsonObject = Record<string, unknown>;
type ToEvent = (agent: AgentRecord) => NewEvent;

/** An agent to be registered, and the preset from which its values were made. */
export interface NewAgent {
  readonly id: string;
  readonly preset: string | null;
  readonly values: AgentValues;
}

/** JSON columns hold what was checked when they were written. */
function toRecord(row: AgentRow): AgentRecord {
  return {
    ...row,
    inputSchema: row.inputSchema as JsonObject | null,
    outputSchema: row.outputSchema as JsonObject | null,
    configuration: row.configuration as JsonObject,
    retryPolicy: row.retryPolicy as unknown as RetryRules,
    metadata: row.metadata as JsonObject,
  };
}

const json = (value: unknown) => value as Prisma.InputJsonValue;

function toColumns(values: AgentValues) {
  return {
    ...values,
    capabilities: [...values.capabilities],
    tags: [...values.tags],
    inputSchema: values.inputSchema === null ? Prisma.DbNull : json(values.inputSchema),
    outputSchema: values.outputSchema === null ? Prisma.DbNull : json(values.outputSchema),
    configuration: json(values.configuration),
    retryPolicy: json(values.retryPolicy),
    metadata: json(values.metadata),
  };
}

function toWhere({ filter, visibleOwner }: AgentQuery): Prisma.AgentWhereInput {
  return {
    deletedAt: null,
    AND: [
      visibleOwner === null ? {} : { ownerId: visibleOwner },
      filter.ownerId ? { ownerId: filter.ownerId } : {},
      filter.search ? { OR: containedIn(['name', 'description'], filter.search) } : {},
    ],
    ...(filter.type ? { type: filter.type } : {}),
    ...(filter.kind ? { kind: filter.kind } : {}),
    ...(filter.status ? { status: filter.status } : {}),
    ...(filter.capabilities?.length ? { capabilities: { hasEvery: [...filter.capabilities] } } : {}),
    ...(filter.tags?.length ? { tags: { hasEvery: [...filter.tags] } } : {}),
  };
}

/** Agents that have not been deregistered. `visibleOwner` null means everybody's. */
export class AgentStore {
  constructor(
    private readonly pool: Pool,
    private readonly prisma: PrismaClient,
  ) {}

  async find(id: string): Promise<AgentRecord | null> {
    const row = await this.prisma.agent.findFirst({ where: { id, deletedAt: null } });
    return row && toRecord(row);
  }

  async findMany(ids: readonly string[]): Promise<AgentRecord[]> {
    const rows = await this.prisma.agent.findMany({ where: { id: { in: [...ids] }, deletedAt: null } });
    return rows.map(toRecord);
  }

  async page(query: AgentQuery, keyset: Keyset): Promise<AgentRecord[]> {
    const { where, ...order } = prismaKeyset(keyset);
    return (await this.prisma.agent.findMany({ where: { AND: [toWhere(query), where] }, ...order })).map(toRecord);
  }

  count(query: AgentQuery): Promise<number> {
    return this.prisma.agent.count({ where: toWhere(query) });
  }

  /** All or none. Null when the owner has an agent of one of the names: the unique index decides. */
  async create(ownerId: string, agents: readonly NewAgent[], toEvent: ToEvent): Promise<AgentRecord[] | null> {
    const data = agents.map(({ values, ...agent }) => ({ ...agent, ownerId, ...toColumns(values) }));
    try {
      return await this.prisma.$transaction(async (tx) => {
        const rows = await tx.agent.createManyAndReturn({ data });
        const created = new Map(rows.map((row) => [row.id, toRecord(row)]));
        const inOrder = agents.flatMap(({ id }) => created.get(id) ?? []);
        await appendEvents(prismaExecutor(tx), [...inOrder.map(toEvent), ...inOrder.flatMap(useBegun)]);
        return inOrder;
      });
    } catch (error) {
      if (isDuplicateRecord(error)) return null;
      throw error;
    }
  }

  async ofNames(ownerId: string, names: readonly string[]): Promise<AgentRecord[]> {
    const where = { ownerId, name: { in: [...names] }, deletedAt: null };
    return (await this.prisma.agent.findMany({ where })).map(toRecord);
  }

  /** Writes only if the agent is still at this version; says what was in the way otherwise. */
  async update(
    id: string,
    version: number,
    values: AgentValues,
    change: { readonly status: AgentStatus | null; readonly resetHealth: boolean },
    toEvent: ToEvent,
  ): Promise<AgentRecord | 'changed meanwhile' | 'name taken'> {
    const health = { healthFailures: 0, healthError: null };
    const data = {
      ...toColumns(values),
      ...(change.status ? { status: change.status } : {}),
      ...(change.resetHealth
        ? { ...health, healthCheckedAt: null, healthSucceededAt: null, healthLatencyMs: null }
        : {}),
      version: { increment: 1 },
      updatedAt: new Date(),
    };
    try {
      return await this.prisma.$transaction(async (tx) => {
        const [row] = await tx.agent.updateManyAndReturn({ where: { id, version, deletedAt: null }, data });
        if (!row) return 'changed meanwhile';
        const agent = toRecord(row);
        await appendEvents(prismaExecutor(tx), [toEvent(agent), ...useChanged(agent)]);
        return agent;
      });
    } catch (error) {
      if (isDuplicateRecord(error)) return 'name taken';
      throw error;
    }
  }

  async idOfName(ownerId: string, name: string): Promise<string | null> {
    const where = { ownerId, name, deletedAt: null };
    return (await this.prisma.agent.findFirst({ where, select: { id: true } }))?.id ?? null;
  }

  /**
   * Removes the agent while its row is locked, so that no execution can start in between. `endWork` runs in the same
   * transaction; if it returns a refusal, that is the result and nothing is changed.
   */
  deregister<Refusal>(
    agent: AgentRecord,
    toEvent: ToEvent,
    endWork: (tx: PoolClient) => Promise<{ readonly refused: Refusal } | { readonly stopped: number }>,
  ): Promise<{ readonly refused: Refusal } | { readonly stopped: number } | null> {
    return inTransaction(this.pool, async (tx) => {
      const locked = await tx.query('select 1 from agents where id = $1 and deleted_at is null for update', [agent.id]);
      if (locked.rowCount === 0) return null;
      const outcome = await endWork(tx);
      if ('refused' in outcome) return outcome;
      await tx.query('update agents set deleted_at = now(), sealed_secrets = null where id = $1', [agent.id]);
      await removePolicyState(tx, agent.id);
      await appendEvents(tx, [toEvent(agent), ...useEnded(agent)]);
      return outcome;
    });
  }

  async types(visibleOwner: string | null, limit: number): Promise<AgentTypeRecord[]> {
    const { rows } = await this.pool.query<AgentTypeRecord>(
      `select a.type as name, count(distinct a.id)::int as "agentCount",
              (count(distinct a.id) filter (where a.status = 'ACTIVE'))::int as "activeCount",
              coalesce(array_agg(distinct c.name order by c.name) filter (where c.name is not null), '{}') as capabilities
       from agents a left join lateral unnest(a.capabilities) as c(name) on true
       where a.deleted_at is null and ($1::text is null or a.owner_id = $1)
       group by a.type order by a.type limit $2`,
      [visibleOwner, limit],
    );
    return rows;
  }
}
