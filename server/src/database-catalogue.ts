import type { Pool } from 'pg';

/** What a database is made of, each thing by its name and as PostgreSQL itself writes it. */
export interface DatabaseCatalogue {
  /** How it is kept (permanent, unlogged), with its storage parameters. */
  readonly tables: Readonly<Record<string, string>>;
  /** `table.column`: type, default or generated expression, and whether it may be null. */
  readonly columns: Readonly<Record<string, string>>;
  /** Primary keys, foreign keys with what happens on delete and update, unique and check constraints: `table.name`. */
  readonly constraints: Readonly<Record<string, string>>;
  /** With uniqueness, method, columns and their order, operator classes and condition. */
  readonly indexes: Readonly<Record<string, string>>;
  /** The labels of each enum, in order. */
  readonly enums: Readonly<Record<string, string>>;
  /** With whether and when they fire. */
  readonly triggers: Readonly<Record<string, string>>;
  readonly functions: Readonly<Record<string, string>>;
  readonly views: Readonly<Record<string, string>>;
}

/** What PostgreSQL says of each kind of thing, as rows of `name` and `definition`. */
const QUERIES: Readonly<Record<keyof DatabaseCatalogue, string>> = {
  tables: `
    select relname as name, concat_ws(' ', relkind, relpersistence, reloptions) as definition
    from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace`,
  columns: `
    select c.relname || '.' || a.attname as name,
      concat_ws(' ', format_type(a.atttypid, a.atttypmod),
        case when a.attnotnull then 'not null' end,
        case a.attidentity when 'a' then 'identity always' when 'd' then 'identity' end,
        case when a.attgenerated = '' then 'default' else 'generated' end || ' ' || pg_get_expr(d.adbin, d.adrelid)
      ) as definition
    from pg_attribute a join pg_class c on c.oid = a.attrelid
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and c.relnamespace = 'public'::regnamespace`,
  // That a column is not null is said of the column.
  constraints: `
    select c.relname || '.' || n.conname as name, pg_get_constraintdef(n.oid) as definition
    from pg_constraint n join pg_class c on c.oid = n.conrelid
    where n.contype <> 'n' and n.connamespace = 'public'::regnamespace`,
  indexes: `
    select c.relname as name, pg_get_indexdef(c.oid) as definition
    from pg_class c where c.relkind in ('i', 'I') and c.relnamespace = 'public'::regnamespace`,
  enums: `
    select t.typname as name, string_agg(e.enumlabel, ', ' order by e.enumsortorder) as definition
    from pg_type t join pg_enum e on e.enumtypid = t.oid
    where t.typnamespace = 'public'::regnamespace group by t.oid`,
  triggers: `
    select c.relname || '.' || t.tgname as name, concat_ws(' ', t.tgenabled, pg_get_triggerdef(t.oid)) as definition
    from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where not t.tgisinternal and c.relnamespace = 'public'::regnamespace`,
  functions: `
    select p.oid::regprocedure::text as name, pg_get_functiondef(p.oid) as definition
    from pg_proc p where p.prokind in ('f', 'p') and p.pronamespace = 'public'::regnamespace`,
  views: `
    select c.relname as name, pg_get_viewdef(c.oid) as definition
    from pg_class c where c.relkind in ('v', 'm') and c.relnamespace = 'public'::regnamespace`,
};

/** Reads what the `public` schema of a database is made of; Prisma's own table of migrations is left out. */
export async function readCatalogue(pool: Pool): Promise<DatabaseCatalogue> {
  const kinds: [string, Record<string, string>][] = [];
  for (const [kind, query] of Object.entries(QUERIES)) {
    const { rows } = await pool.query<{ name: string; definition: string }>(query);
    const own = rows.filter(({ name }) => !name.startsWith('_prisma_migrations'));
    kinds.push([kind, Object.fromEntries(own.map(({ name, definition }) => [name, definition]))]);
  }
  return Object.fromEntries(kinds) as unknown as DatabaseCatalogue;
}
