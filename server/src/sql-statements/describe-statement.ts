import type { Connection, Pool, PoolClient, Submittable } from 'pg';
import { HOLE } from './sql-text.ts';

/** A column of the rows that a statement gives. */
export interface GivenColumn {
  readonly name: string;
  /** Of its elements when it is a list. */
  readonly type: string;
  readonly isList: boolean;
  /** The values of an enum; null for other types. */
  readonly labels: readonly string[] | null;
}

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

/** Has the server parse a statement and say what its rows are like; nothing is executed. */
class Description implements Submittable {
  private fields: readonly Field[] = [];

  constructor(
    private readonly text: string,
    private readonly done: (error: Error | null, fields: readonly Field[]) => void,
  ) {}

  submit(connection: Connection): void {
    connection.parse({ name: '', text: this.text, types: [] }, true);
    connection.describe({ type: 'S', name: '' }, true);
    connection.sync();
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.fields = fields;
  }

  handleError(error: Error): void {
    this.done(error, []);
  }

  handleReadyForQuery(): void {
    this.done(null, this.fields);
  }
}

const describe = (client: PoolClient, text: string) =>
  new Promise<readonly Field[]>((resolve, reject) => {
    client.query(new Description(text, (error, fields) => (error ? reject(error) : resolve(fields))));
  });

/** What stands where a part is known only when the statement runs, by what is before it; nothing anywhere else. */
const FILLINGS: readonly (readonly [before: RegExp, filling: string])[] = [
  [/\b(where|and|or|not|on|when)\s*\(?\s*$/i, 'true'],
  [/\bset\s*$|\bset\b(?!.*\bwhere\b).*,\s*$/is, 'id = null'],
  [/\border by\s*$|\border by\b[^()]*,\s*$/i, '1'],
  [/\bany\(\s*$/i, 'null::text[]'],
  [/(\blimit|\bunnest\(|[=<>,(])\s*$/i, 'null'],
  [/^with\s*$/i, 'e as (select 1)'],
  [/^with\b.*\)\s*$/is, 'select 1'],
];

const filled = (text: string) =>
  text
    .split(HOLE)
    .reduce((before, piece) => before + (FILLINGS.find(([context]) => context.test(before))?.[1] ?? '') + piece);

/** What the rows of a statement are like. Rejects with what the server has against it. */
export async function describeStatement(pool: Pool, text: string): Promise<readonly GivenColumn[]> {
  const client = await pool.connect();
  try {
    return await columnsOf(client, await describe(client, filled(text)));
  } finally {
    client.release();
  }
}

async function columnsOf(client: PoolClient, fields: readonly Field[]): Promise<GivenColumn[]> {
  const { rows } = await client.query<Omit<GivenColumn, 'name'>>(
    `select coalesce(e.typname, t.typname)::text as type, e.oid is not null as "isList",
       (select array_agg(enumlabel::text order by enumsortorder) from pg_enum
        where enumtypid = coalesce(e.oid, t.oid)) as labels
     from unnest($1::oid[]) with ordinality as f(type, at)
     join pg_type t on t.oid = f.type left join pg_type e on e.oid = t.typelem and t.typcategory = 'A' order by f.at`,
    [fields.map(({ dataTypeID }) => dataTypeID)],
  );
  return rows.map((row, index) => ({ name: fields[index]?.name ?? '', ...row }));
}
