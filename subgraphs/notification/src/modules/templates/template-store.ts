import { SqlList } from '@flowmesh/platform/connections';
import { inTransaction, isUniqueViolation } from '@flowmesh/platform/database';
import type { Pool, PoolClient } from 'pg';
import type { Channel } from '../../adapters/channel-adapter.ts';
import { conditionSql, type TemplateQuery } from './template-query.ts';
import type {
  ListedVersion,
  TemplateKind,
  TemplateRecord,
  TemplateValues,
  TemplateVersion,
} from './template-record.ts';

/** What a template and its versions have in common. */
const VALUES = `name, description, category, subject_template, content_template, html_template, variables, language,
  translations, layout_id, is_active, is_shared`;

const valueColumns = (alias: string) => `${alias}.name, ${alias}.description, ${alias}.category,
  ${alias}.subject_template as "subjectTemplate", ${alias}.content_template as "contentTemplate",
  ${alias}.html_template as "htmlTemplate", ${alias}.variables, ${alias}.language, ${alias}.translations,
  ${alias}.layout_id as "layoutId", ${alias}.is_active as "isActive", ${alias}.is_shared as "isShared"`;

const COLUMNS = `t.id, t.owner_id as "ownerId", t.channel::text, t.kind::text, t.version, ${valueColumns('t')},
  t.created_at as "createdAt", t.updated_at as "updatedAt"`;
const VERSION_COLUMNS = `v.template_id as "templateId", v.version, ${valueColumns('v')},
  v.created_by_id as "createdById", v.created_at as "createdAt"`;

/** In the order of `VALUES`. */
const toColumns = (values: TemplateValues): unknown[] => [
  values.name,
  values.description,
  values.category,
  values.subjectTemplate,
  values.contentTemplate,
  values.htmlTemplate,
  JSON.stringify(values.variables),
  values.language,
  JSON.stringify(values.translations),
  values.layoutId,
  values.isActive,
  values.isShared,
];

/** What else a write may come to. */
export type WriteRefusal = 'name taken' | 'layout gone';

export interface NewTemplate {
  readonly id: string;
  readonly ownerId: string;
  readonly channel: Channel;
  readonly kind: TemplateKind;
}

/** Templates that have not been deleted, and the versions of all. */
export class TemplateStore {
  readonly list: SqlList<TemplateRecord, TemplateQuery, 'createdAt' | 'updatedAt' | 'name'>;
  /** A version is called by the id of its template. */
  readonly versions: SqlList<ListedVersion, null, 'version', TemplateVersion>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: 'templates t',
      where: conditionSql,
      orderColumns: { createdAt: 't.created_at', updatedAt: 't.updated_at', name: 't.name' },
      idColumn: 't.id',
    });
    this.versions = new SqlList(pool, {
      columns: VERSION_COLUMNS,
      from: 'template_versions v',
      where: () => 'true',
      orderColumns: { version: 'v.version' },
      idColumn: null,
      parent: { column: 'v.template_id', field: 'templateId' },
      toRow: (version) => ({ ...version, id: version.templateId }),
    });
  }

  async findMany(ids: readonly string[]): Promise<TemplateRecord[]> {
    const sql = `select ${COLUMNS} from templates t where t.id = any($1) and t.deleted_at is null`;
    return (await this.pool.query<TemplateRecord>(sql, [ids])).rows;
  }

  async findVersion(templateId: string, version: number): Promise<TemplateVersion | null> {
    const sql = `select ${VERSION_COLUMNS} from template_versions v where v.template_id = $1 and v.version = $2`;
    return (await this.pool.query<TemplateVersion>(sql, [templateId, version])).rows[0] ?? null;
  }

  async idOfName(ownerId: string, name: string): Promise<string | null> {
    const sql = 'select id from templates where owner_id = $1 and name = $2 and deleted_at is null';
    return (await this.pool.query<{ id: string }>(sql, [ownerId, name])).rows[0]?.id ?? null;
  }

  create(template: NewTemplate, values: TemplateValues): Promise<TemplateRecord | WriteRefusal> {
    return this.write(
      values,
      async (tx) => {
        const { rows } = await tx.query<TemplateRecord>(
          `insert into templates as t (id, owner_id, channel, kind, ${VALUES})
         values ($1, $2, $3::channel, $4::template_kind, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         returning ${COLUMNS}`,
          [template.id, template.ownerId, template.channel, template.kind, ...toColumns(values)],
        );
        return rows[0] ?? null;
      },
      template.ownerId,
    ) as Promise<TemplateRecord | WriteRefusal>;
  }

  /** Writes only if the template is still at this version; null otherwise. */
  update(
    id: string,
    version: number,
    values: TemplateValues,
    changedById: string,
  ): Promise<TemplateRecord | WriteRefusal | null> {
    return this.write(
      values,
      async (tx) => {
        const { rows } = await tx.query<TemplateRecord>(
          `update templates t set (${VALUES}) = ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14),
           version = t.version + 1, updated_at = now()
         where t.id = $1 and t.version = $2 and t.deleted_at is null returning ${COLUMNS}`,
          [id, version, ...toColumns(values)],
        );
        return rows[0] ?? null;
      },
      changedById,
    );
  }

  /** False when it is gone already; a number when that many templates stand in it as their layout. */
  delete(id: string): Promise<boolean | number> {
    return inTransaction(this.pool, async (tx) => {
      const locked = await tx.query('select 1 from templates where id = $1 and deleted_at is null for update', [id]);
      if (locked.rowCount === 0) return false;
      const { rows } = await tx.query<{ count: number }>(
        'select count(*)::int as count from templates where layout_id = $1 and deleted_at is null',
        [id],
      );
      const inside = rows[0]?.count ?? 0;
      if (inside > 0) return inside;
      await tx.query('update templates set deleted_at = now(), updated_at = now() where id = $1', [id]);
      return true;
    });
  }

  /** A change and its version, together. The layout is held, so that it cannot be deleted meanwhile. */
  private async write(
    { layoutId }: TemplateValues,
    change: (tx: PoolClient) => Promise<TemplateRecord | null>,
    changedById: string,
  ): Promise<TemplateRecord | WriteRefusal | null> {
    try {
      return await inTransaction(this.pool, async (tx) => {
        if (layoutId !== null) {
          const held = await tx.query('select 1 from templates where id = $1 and deleted_at is null for share', [
            layoutId,
          ]);
          if (held.rowCount === 0) return 'layout gone';
        }
        const template = await change(tx);
        if (template) {
          await tx.query(
            `insert into template_versions (template_id, version, created_by_id, created_at, ${VALUES})
             select id, version, $2, updated_at, ${VALUES} from templates where id = $1`,
            [template.id, changedById],
          );
        }
        return template;
      });
    } catch (error) {
      if (isUniqueViolation(error, 'templates_name_key')) return 'name taken';
      throw error;
    }
  }
}
