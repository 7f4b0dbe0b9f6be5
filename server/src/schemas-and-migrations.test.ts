import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPool } from '@flowmesh/platform/database';
import { createDomainDatabase } from '@flowmesh/platform/subgraph-testing';

const PRISMA = fileURLToPath(new URL('../../prisma', import.meta.url));
const DOMAINS = readdirSync(PRISMA).filter((name) => !name.includes('.'));

/** What a column is in the database, by what its field is in the schema. */
const TYPES: Readonly<Record<string, string>> = {
  String: 'text',
  Int: 'int4',
  BigInt: 'int8',
  Float: 'float8',
  Boolean: 'bool',
  DateTime: 'timestamptz',
  Json: 'jsonb',
};
const NATIVE: Readonly<Record<string, string>> = {
  Date: 'date',
  Inet: 'inet',
  Time: 'time',
  VarChar: 'varchar',
  Timestamptz: 'timestamptz',
};

interface Table {
  /** Type and whether it may be null, by column. */
  readonly columns: Readonly<Record<string, string>>;
  readonly primaryKey: readonly string[];
}

/** The tables that a Prisma schema describes. */
function tablesOfSchema(schema: string): Record<string, Table> {
  const blocks = (kind: string) => [...schema.matchAll(new RegExp(`^${kind} (\\w+) \\{(.*?)^\\}`, 'gms'))];
  const mapOf = (body: string, otherwise: string) => /@@map\("(\w+)"\)/.exec(body)?.[1] ?? otherwise;
  const enums = new Map(blocks('enum').map(([, name = '', body = '']) => [name, mapOf(body, name)]));
  return Object.fromEntries(
    blocks('model').map(([, name = '', body = '']) => {
      const columns: Record<string, string> = {};
      const columnOf = new Map<string, string>();
      const primaryKey: string[] = [];
      for (const line of body.split('\n').map((each) => each.trim())) {
        const [, field = '', type = '', suffix = ''] = /^(\w+)\s+(\w+(?:\("\w+"\))?)(\?|\[\])?/.exec(line) ?? [];
        const native = NATIVE[/@db\.(\w+)/.exec(line)?.[1] ?? ''];
        const base = native ?? TYPES[type] ?? enums.get(type) ?? /^Unsupported\("(\w+)"\)$/.exec(type)?.[1];
        if (base === undefined) continue;
        const column = /@map\("(\w+)"\)/.exec(line)?.[1] ?? field;
        columnOf.set(field, column);
        columns[column] = `${suffix === '[]' ? '_' : ''}${base}${suffix === '?' ? ' null' : ''}`;
        if (/ @id\b/.test(line)) primaryKey.push(column);
      }
      const together = /@@id\(\[([^\]]+)\]/.exec(body)?.[1]?.split(',') ?? [];
      primaryKey.push(...together.map((field) => columnOf.get(field.trim()) ?? field));
      return [mapOf(body, name), { columns, primaryKey }];
    }),
  );
}

/** The tables that the migrations of a domain make. */
async function tablesOfMigrations(domain: string): Promise<Record<string, Table>> {
  const database = await createDomainDatabase(domain);
  const pool = createPool(database.urls[domain]!, { max: 1, applicationName: 'test' });
  try {
    const { rows } = await pool.query<{ table: string; columns: Record<string, string>; primaryKey: string[] }>(
      `select c.relname::text as table,
         jsonb_object_agg(a.attname, t.typname || case when a.attnotnull then '' else ' null' end) as columns,
         array(select k.attname::text from pg_index i, unnest(i.indkey) with ordinality as p(number, at)
           join pg_attribute k on k.attnum = p.number
           where i.indrelid = c.oid and i.indisprimary and k.attrelid = c.oid order by p.at) as "primaryKey"
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         join pg_type t on t.oid = a.atttypid
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname !~ 'migrations'
       group by c.oid, c.relname`,
    );
    return Object.fromEntries(rows.map(({ table, ...rest }) => [table, rest]));
  } finally {
    await pool.end();
    await database.drop();
  }
}

test.each(DOMAINS)('%s: the migrations make the tables that the schema describes', async (domain) => {
  const described = tablesOfSchema(readFileSync(join(PRISMA, domain, 'schema.prisma'), 'utf8'));
  // A list that is empty when nothing is given may or may not be null: Prisma gives no word for it.
  const listsAside = (tables: Record<string, Table>) =>
    Object.fromEntries(
      Object.entries(tables).map(([name, { columns, primaryKey }]) => [
        name,
        {
          primaryKey,
          columns: Object.fromEntries(
            Object.entries(columns).map(([column, type]) => [column, type.replace(/^(_\w+) null$/, '$1')]),
          ),
        },
      ]),
    );
  expect(Object.keys(described).length).toBeGreaterThan(2);
  expect(listsAside(await tablesOfMigrations(domain))).toEqual(listsAside(described));
});
