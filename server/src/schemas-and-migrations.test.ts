import { createPool } from '@flowmesh/platform/database';
import { DOMAIN_NAMES } from '@flowmesh/platform/domains';
import { createDomainDatabase, createSchemaDatabase, type TestDatabases } from '@flowmesh/platform/subgraph-testing';
import { readCatalogue, type DatabaseCatalogue } from './database-catalogue.ts';

/** What the database of a domain is made of, after `change` of it. */
async function catalogueOf<Domain extends string>(
  domain: Domain,
  create: (domain: Domain) => Promise<TestDatabases<Domain>>,
  change = 'select 1',
): Promise<DatabaseCatalogue> {
  const databases = await create(domain);
  const pool = createPool(databases.urls[domain], { max: 1, applicationName: 'test' });
  try {
    await pool.query(change);
    return await readCatalogue(pool);
  } finally {
    await pool.end();
    await databases.drop();
  }
}

test.each(DOMAIN_NAMES)('%s: the migrations make the database that the schema describes', async (domain) => {
  const migrated = await catalogueOf(domain, createDomainDatabase);
  expect(Object.keys(migrated.tables).length).toBeGreaterThan(2);
  expect(migrated).toEqual(await catalogueOf(domain, createSchemaDatabase));
});

test.each([
  {
    change: 'alter table workflow_steps alter column retry_count set default 4',
    kind: 'columns',
    name: 'workflow_steps.retry_count',
    is: 'integer not null default 4',
  },
  {
    change: 'alter table workflows alter column owner_id drop not null',
    kind: 'columns',
    name: 'workflows.owner_id',
    is: 'text',
  },
  {
    change: 'alter table workflows alter column created_at type timestamptz(6)',
    kind: 'columns',
    name: 'workflows.created_at',
    is: 'timestamp(6) with time zone not null default CURRENT_TIMESTAMP',
  },
  {
    change: `alter type workflow_status add value 'LOST' before 'DRAFT'`,
    kind: 'enums',
    name: 'workflow_status',
    is: 'LOST, DRAFT, ACTIVE, ARCHIVED',
  },
  {
    change: `drop index workflows_name_id_idx; create index workflows_name_id_idx on workflows (id, name)`,
    kind: 'indexes',
    name: 'workflows_name_id_idx',
    is: 'CREATE INDEX workflows_name_id_idx ON public.workflows USING btree (id, name)',
  },
  {
    change: `drop index workflows_type_idx; create unique index workflows_type_idx on workflows (type)`,
    kind: 'indexes',
    name: 'workflows_type_idx',
    is: 'CREATE UNIQUE INDEX workflows_type_idx ON public.workflows USING btree (type)',
  },
  {
    change: `drop index workflows_tags_idx; create index workflows_tags_idx on workflows (tags)`,
    kind: 'indexes',
    name: 'workflows_tags_idx',
    is: 'CREATE INDEX workflows_tags_idx ON public.workflows USING btree (tags)',
  },
  {
    change: `drop index workflow_step_executions_ready_idx;
      create index workflow_step_executions_ready_idx on workflow_step_executions (ready_at)`,
    kind: 'indexes',
    name: 'workflow_step_executions_ready_idx',
    is: 'CREATE INDEX workflow_step_executions_ready_idx ON public.workflow_step_executions USING btree (ready_at)',
  },
  { change: 'drop index workflows_status_idx', kind: 'indexes', name: 'workflows_status_idx', is: undefined },
  {
    change: 'alter index workflows_status_idx rename to workflows_state_idx',
    kind: 'indexes',
    name: 'workflows_state_idx',
    is: 'CREATE INDEX workflows_state_idx ON public.workflows USING btree (status)',
  },
  {
    change: `alter table workflow_executions drop constraint workflow_executions_workflow_id_fkey;
      alter table workflow_executions add constraint workflow_executions_workflow_id_fkey
        foreign key (workflow_id) references workflows (id) on delete restrict on update cascade`,
    kind: 'constraints',
    name: 'workflow_executions.workflow_executions_workflow_id_fkey',
    is: 'FOREIGN KEY (workflow_id) REFERENCES workflows(id) ON UPDATE CASCADE ON DELETE RESTRICT',
  },
  { change: 'create table forgotten (id text)', kind: 'tables', name: 'forgotten', is: 'r p' },
] as const)('a migration that says "$change" is noticed', async ({ change, kind, name, is }) => {
  const unchanged = await catalogueOf('workflow', createDomainDatabase);
  const changed = await catalogueOf('workflow', createDomainDatabase, change);
  expect(changed[kind][name]).toBe(is);
  expect(changed).not.toEqual(unchanged);
});
