import { prismaKeyset, type Keyset } from '@flowmesh/platform/connections';
import { containedIn, isDuplicateRecord } from '@flowmesh/platform/database';
import type { Prisma, PrismaClient, WorkflowTemplate as TemplateRow } from '@flowmesh/prisma/workflow';
import type { Pool } from 'pg';
import type { JsonObject } from '../workflows/workflow-record.ts';
import type { TemplateQuery } from './template-query.ts';
import type {
  BuiltInTemplate,
  TemplateDefinition,
  TemplateRecord,
  TemplateRole,
  TemplateValues,
} from './template-record.ts';

/** JSON columns hold what was checked when they were written. */
const toRecord = (row: TemplateRow): TemplateRecord => ({
  ...row,
  parameters: row.parameters as JsonObject,
  roles: row.roles as unknown as TemplateRole[],
  definition: row.definition as unknown as TemplateDefinition,
});

const json = (value: unknown) => value as Prisma.InputJsonValue;

const toColumns = ({ tags, parameters, roles, definition, ...plain }: Partial<TemplateValues>) => ({
  ...plain,
  ...(tags ? { tags: [...tags] } : {}),
  ...(parameters ? { parameters: json(parameters) } : {}),
  ...(roles ? { roles: json(roles) } : {}),
  ...(definition ? { definition: json(definition) } : {}),
});

/** Shared ones and those that ship with the product belong to everybody. */
const visibleTo = (viewerId: string): Prisma.WorkflowTemplateWhereInput => ({
  OR: [{ ownerId: viewerId }, { ownerId: null }, { isShared: true }],
});

function sourceOf({ filter: { source }, viewerId }: TemplateQuery): Prisma.WorkflowTemplateWhereInput {
  if (source === 'BUILT_IN') return { ownerId: null };
  if (source === 'OWN') return { ownerId: viewerId };
  return source === 'SHARED' ? { isShared: true } : {};
}

function toWhere(query: TemplateQuery): Prisma.WorkflowTemplateWhereInput {
  const { filter, viewerId, seesAll } = query;
  return {
    AND: [
      seesAll ? {} : visibleTo(viewerId),
      sourceOf(query),
      filter.search ? { OR: containedIn(['name', 'description'], filter.search) } : {},
      filter.tags?.length ? { tags: { hasEvery: [...filter.tags] } } : {},
    ],
  };
}

/** Templates of workflows. */
export class TemplateStore {
  constructor(
    private readonly pool: Pool,
    private readonly prisma: PrismaClient,
  ) {}

  /** Adds the templates that ship with this version of the product, and replaces those of an earlier one. */
  async seed(templates: readonly BuiltInTemplate[]): Promise<void> {
    await this.pool.query(
      `insert into workflow_templates (id, version, name, description, tags, parameters, roles, definition)
       select t.id, t.version, t.name, t.description, array(select jsonb_array_elements_text(t.tags)),
              t.parameters, t.roles, t.definition
       from jsonb_to_recordset($1::jsonb) as t(id text, version int, name text, description text, tags jsonb,
         parameters jsonb, roles jsonb, definition jsonb)
       order by t.id
       on conflict (id) do update
         set version = excluded.version, name = excluded.name, description = excluded.description, tags = excluded.tags,
             parameters = excluded.parameters, roles = excluded.roles, definition = excluded.definition, updated_at = now()
         where workflow_templates.version < excluded.version`,
      [JSON.stringify(templates)],
    );
  }

  async find(id: string): Promise<TemplateRecord | null> {
    const row = await this.prisma.workflowTemplate.findUnique({ where: { id } });
    return row && toRecord(row);
  }

  async page(query: TemplateQuery, keyset: Keyset): Promise<TemplateRecord[]> {
    const { where, ...order } = prismaKeyset(keyset);
    const rows = await this.prisma.workflowTemplate.findMany({ where: { AND: [toWhere(query), where] }, ...order });
    return rows.map(toRecord);
  }

  count(query: TemplateQuery): Promise<number> {
    return this.prisma.workflowTemplate.count({ where: toWhere(query) });
  }

  async idOfName(ownerId: string, name: string): Promise<string | null> {
    const where = { ownerId_name: { ownerId, name } };
    return (await this.prisma.workflowTemplate.findUnique({ where, select: { id: true } }))?.id ?? null;
  }

  /** Null when the owner has a template of this name: the unique index decides. */
  async create(id: string, ownerId: string, values: TemplateValues): Promise<TemplateRecord | null> {
    const { name, parameters, roles, definition } = values;
    const data = { id, ownerId, ...toColumns(values), name };
    const whole = { ...data, parameters: json(parameters), roles: json(roles), definition: json(definition) };
    try {
      return toRecord(await this.prisma.workflowTemplate.create({ data: whole }));
    } catch (error) {
      if (isDuplicateRecord(error)) return null;
      throw error;
    }
  }

  /** Writes only if it is still at this version; makes the next one. */
  async update(
    id: string,
    version: number,
    values: Partial<TemplateValues> & { readonly isShared?: boolean },
  ): Promise<TemplateRecord | 'changed meanwhile' | 'name taken'> {
    const data = { ...toColumns(values), version: { increment: 1 }, updatedAt: new Date() };
    try {
      const [row] = await this.prisma.workflowTemplate.updateManyAndReturn({ where: { id, version }, data });
      return row ? toRecord(row) : 'changed meanwhile';
    } catch (error) {
      if (isDuplicateRecord(error)) return 'name taken';
      throw error;
    }
  }

  /** False when it is gone. */
  async remove(id: string): Promise<boolean> {
    return (await this.prisma.workflowTemplate.deleteMany({ where: { id } })).count > 0;
  }
}
