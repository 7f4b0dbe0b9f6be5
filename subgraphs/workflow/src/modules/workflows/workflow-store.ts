import { batchedLookup } from '@flowmesh/platform/batching';
import { prismaKeyset, type Keyset } from '@flowmesh/platform/connections';
import { containedIn, inTransaction, isDuplicateRecord } from '@flowmesh/platform/database';
import {
  Prisma,
  type PrismaClient,
  type Workflow as WorkflowRow,
  type WorkflowStep as StepRow,
} from '@flowmesh/prisma/workflow';
import { prismaExecutor } from '@flowmesh/platform/events';
import type { Pool } from 'pg';
import {
  DEFAULT_RETRY_POLICY,
  type Compensation,
  type RetryPolicy,
  type StepDefinition,
} from '../executions/engine/definition.ts';
import { insertSteps } from './step-store.ts';
import { tellOfNoUse, tellOfUse } from './integration-use/integration-use.ts';
import type { KnownWorkflowsParts } from './validation/known-workflows.ts';
import type { WorkflowProblem } from './validation/problem.ts';
import { allWork } from './validation/nested-steps.ts';
import type { WorkflowQuery } from './workflow-query.ts';
import type {
  DefinitionValues,
  JsonObject,
  VersionRecord,
  WorkflowDetails,
  WorkflowRecord,
  WorkflowStatus,
} from './workflow-record.ts';

/** JSON columns hold what was checked when they were written. */
function toRecord(row: WorkflowRow): WorkflowRecord {
  return {
    ...row,
    inputSchema: row.inputSchema as JsonObject | null,
    config: row.config as JsonObject,
    metadata: row.metadata as JsonObject,
  };
}

const toStep = (row: StepRow): StepDefinition => ({
  id: row.id,
  position: row.position,
  name: row.name,
  stepType: row.stepType,
  agentId: row.agentId,
  config: row.config as JsonObject,
  dependencies: row.dependencies,
  condition: row.condition,
  timeoutSeconds: row.timeoutSeconds,
  retryCount: row.retryCount,
  continueOnFailure: row.continueOnFailure,
  onSkip: row.onSkip,
  onFailure: row.onFailure,
  retryPolicy: (row.retryPolicy as RetryPolicy | null) ?? DEFAULT_RETRY_POLICY,
  waitTimeoutSeconds: row.waitTimeoutSeconds,
  compensation: row.compensation as Compensation | null,
});

const json = (value: unknown) => value as Prisma.InputJsonValue;
const nullableJson = (value: unknown) => (value === null ? Prisma.DbNull : json(value));
function toWhere({ filter, visibleOwner }: WorkflowQuery): Prisma.WorkflowWhereInput {
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

function versionRows(
  workflowId: string,
  version: number,
  { type, inputSchema, config, contextMode, steps }: DefinitionValues,
) {
  return {
    version: { workflowId, version, type, inputSchema: nullableJson(inputSchema), config: json(config), contextMode },
    steps: steps.map((step) => ({
      ...step,
      workflowId,
      version,
      config: json(step.config),
      dependencies: [...step.dependencies],
      onFailure: [...step.onFailure],
      retryPolicy: json(step.retryPolicy),
      compensation: nullableJson(step.compensation),
    })),
  };
}

const usesIntegrations = ({ steps }: DefinitionValues) =>
  allWork(steps).some(({ step }) => step.stepType === 'INTEGRATION');

const runsOthers = ({ steps }: DefinitionValues) => allWork(steps).some(({ step }) => step.stepType === 'SUB_WORKFLOW');

const readsOf = (client: Pick<PrismaClient, 'workflow' | 'workflowStep'>) => ({
  findMany: async (ids: readonly string[]): Promise<WorkflowRecord[]> =>
    (await client.workflow.findMany({ where: { id: { in: [...ids] } } })).map(toRecord),
  stepsOf: async (versions: readonly { readonly workflowId: string; readonly version: number }[]) => {
    const OR = versions.map(({ workflowId, version }) => ({ workflowId, version }));
    const rows = await client.workflowStep.findMany({ where: { OR }, orderBy: { position: 'asc' } });
    return rows.map((row) => ({ workflowId: row.workflowId, version: row.version, step: toStep(row) }));
  },
});

/** Workflows and their versions. */
export class WorkflowStore {
  constructor(
    private readonly pool: Pool,
    private readonly prisma: PrismaClient,
    /** To be called after each commit that wrote events. */
    private readonly published: () => void,
  ) {}

  readonly find = batchedLookup((ids) => this.findMany(ids));

  findMany(ids: readonly string[]): Promise<WorkflowRecord[]> {
    return readsOf(this.prisma).findMany(ids);
  }

  async page(query: WorkflowQuery, keyset: Keyset): Promise<WorkflowRecord[]> {
    const { where, ...order } = prismaKeyset(keyset);
    return (await this.prisma.workflow.findMany({ where: { AND: [toWhere(query), where] }, ...order })).map(toRecord);
  }

  count(query: WorkflowQuery): Promise<number> {
    return this.prisma.workflow.count({ where: toWhere(query) });
  }

  async idOfName(ownerId: string, name: string): Promise<string | null> {
    const where = { ownerId_name: { ownerId, name } };
    return (await this.prisma.workflow.findUnique({ where, select: { id: true } }))?.id ?? null;
  }

  /** Newest first, at most `limit` of each workflow. */
  async versionsOf(workflowIds: readonly string[], limit: number): Promise<VersionRecord[]> {
    const { rows } = await this.pool.query<VersionRecord>(
      `select v.workflow_id as "workflowId", v.version, v.type::text, v.created_at as "createdAt"
       from unnest($1::text[]) w(id) cross join lateral (
         select * from workflow_versions where workflow_id = w.id order by version desc limit $2
       ) v order by v.version desc`,
      [workflowIds, limit],
    );
    return rows;
  }

  /** The definition of a version; null when there is none. */
  async definitionOf(workflowId: string, version: number): Promise<DefinitionValues | null> {
    const found = await this.prisma.workflowVersion.findUnique({
      where: { workflowId_version: { workflowId, version } },
    });
    if (!found) return null;
    const { type, inputSchema, config, contextMode } = found;
    return {
      ...{ type, contextMode },
      inputSchema: inputSchema as JsonObject | null,
      config: config as JsonObject,
      steps: await this.stepsOfOne(workflowId, version),
    };
  }

  stepsOf(versions: readonly { readonly workflowId: string; readonly version: number }[]) {
    return readsOf(this.prisma).stepsOf(versions);
  }

  async stepsOfOne(workflowId: string, version: number): Promise<StepDefinition[]> {
    return (await this.stepsOf([{ workflowId, version }])).map(({ step }) => step);
  }

  /** Null when the owner has a workflow of this name: the unique index decides. */
  async create(
    id: string,
    ownerId: string,
    status: WorkflowStatus,
    details: WorkflowDetails,
    definition: DefinitionValues,
  ): Promise<WorkflowRecord | null> {
    const { type, inputSchema, config, contextMode } = definition;
    const columns = { type, inputSchema: nullableJson(inputSchema), config: json(config), contextMode };
    const data = {
      id,
      ownerId,
      status,
      ...details,
      tags: [...details.tags],
      metadata: json(details.metadata),
      ...columns,
    };
    const rows = versionRows(id, 1, definition);
    try {
      const created = await this.prisma.$transaction(async (tx) => {
        const row = await tx.workflow.create({ data });
        await tx.workflowVersion.create({ data: rows.version });
        await insertSteps(tx, rows.steps);
        if (usesIntegrations(definition)) await tellOfUse(prismaExecutor(tx), id);
        return toRecord(row);
      });
      this.published();
      return created;
    } catch (error) {
      if (isDuplicateRecord(error)) return null;
      throw error;
    }
  }

  /**
   * Writes only if the workflow is still as it was seen and not ARCHIVED. Details that are not given stay as they are;
   * a definition makes a new version.
   */
  async update(
    id: string,
    seen: { readonly version: number; readonly revision?: number },
    details: Partial<WorkflowDetails>,
    definition: DefinitionValues | null,
    recursion: (known: KnownWorkflowsParts) => Promise<readonly WorkflowProblem[]>,
  ): Promise<WorkflowRecord | 'changed meanwhile' | 'name taken' | { readonly problems: readonly WorkflowProblem[] }> {
    const { tags, metadata, ...plain } = details;
    const data: Prisma.WorkflowUpdateManyMutationInput = {
      ...plain,
      ...(tags ? { tags: [...tags] } : {}),
      ...(metadata ? { metadata: json(metadata) } : {}),
      revision: { increment: 1 },
      updatedAt: new Date(),
    };
    if (definition) {
      const { type, inputSchema, config, contextMode } = definition;
      const columns = { type, inputSchema: nullableJson(inputSchema), config: json(config), contextMode };
      Object.assign(data, { ...columns, version: { increment: 1 } });
    }
    try {
      const updated = await this.prisma.$transaction(async (tx) => {
        if (definition && runsOthers(definition)) {
          // Two workflows that are changed at once to run each other: the second one sees the first.
          await tx.$executeRaw`select pg_advisory_xact_lock(hashtext('workflows that run workflows'))`;
          const problems = await recursion(readsOf(tx));
          if (problems.length > 0) return { problems };
        }
        const where = { id, ...seen, status: { not: 'ARCHIVED' as const } };
        const [row] = await tx.workflow.updateManyAndReturn({ where, data });
        if (!row) return 'changed meanwhile';
        if (definition) {
          const rows = versionRows(id, row.version, definition);
          await tx.workflowVersion.create({ data: rows.version });
          await insertSteps(tx, rows.steps);
        }
        if (row.useVersion > 0 || (definition && usesIntegrations(definition))) {
          await tellOfUse(prismaExecutor(tx), id);
        }
        return toRecord(row);
      });
      if (updated !== 'changed meanwhile' && 'id' in updated) this.published();
      return updated;
    } catch (error) {
      if (isDuplicateRecord(error)) return 'name taken';
      throw error;
    }
  }

  async setStatus(id: string, status: WorkflowStatus): Promise<WorkflowRecord | null> {
    const data = { status, revision: { increment: 1 }, updatedAt: new Date() };
    const [row] = await this.prisma.workflow.updateManyAndReturn({ where: { id }, data });
    return row ? toRecord(row) : null;
  }

  /** Removes it with its executions, unless some have not ended: then says how many. Null when it is gone. */
  async remove(id: string): Promise<number | null> {
    const left = await inTransaction(this.pool, async (tx) => {
      // An execution that is being started holds this lock too.
      const locked = await tx.query('select 1 from workflows where id = $1 for update', [id]);
      if (locked.rowCount === 0) return null;
      const { rows } = await tx.query<{ active: number }>(
        `select count(*)::int as active from workflow_executions
         where workflow_id = $1
           and (status in ('PENDING', 'RUNNING', 'PAUSED', 'WAITING') or compensation_status in ('PENDING', 'RUNNING'))`,
        [id],
      );
      const active = rows[0]?.active ?? 0;
      if (active > 0) return active;
      await tellOfNoUse(tx, id);
      await tx.query('delete from workflows where id = $1', [id]);
      return active;
    });
    this.published();
    return left;
  }
}
