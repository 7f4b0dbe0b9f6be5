import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPool } from '@flowmesh/platform/database';
import { DOMAIN_NAMES, type DomainName } from '@flowmesh/platform/domains';
import { createDomainDatabase } from '@flowmesh/platform/subgraph-testing';
import { describeStatement, type GivenColumn } from './sql-statements/describe-statement.ts';
import { findStatements, type StatedColumn, type Statement } from './sql-statements/find-statements.ts';

/** Reading all types of the product takes a while. */
const TIMEOUT_MS = 240_000;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const filesOf = (domain: DomainName) =>
  readdirSync(join(ROOT, 'subgraphs', domain, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/\.test\.ts$|(^|\/)(testing|__generated__)\//.test(path))
    .map((path) => join(ROOT, 'subgraphs', domain, 'src', path));

/** What the driver makes of a type; what is not here comes as text. JSON may be anything. */
const KINDS: Readonly<Record<string, string>> = {
  int2: 'number',
  int4: 'number',
  float4: 'number',
  float8: 'number',
  bool: 'boolean',
  timestamptz: 'Date',
  timestamp: 'Date',
  date: 'Date',
  json: 'anything',
  jsonb: 'anything',
};

/** What is wrong with the type that is stated for a column. */
function problemOf(stated: StatedColumn, given: readonly GivenColumn[]): string | null {
  const column = given.find(({ name }) => name === stated.name);
  if (!column) return stated.optional ? null : `${stated.name} is not selected`;
  const element = KINDS[column.type] ?? 'string';
  const kind = column.isList ? `list of ${element}` : element;
  const fits = element === 'anything' || stated.kinds.every((each) => each === kind || each === 'anything');
  if (!fits) return `${stated.name} is ${kind} (${column.type}), not ${stated.type}`;
  const unforeseen = column.labels?.filter((label) => stated.literals && !stated.literals.includes(label)) ?? [];
  return unforeseen.length > 0 ? `${stated.name} may be ${unforeseen.join(', ')} too` : null;
}

const statements = new Map<DomainName, Statement[]>();
beforeAll(() => {
  const found = findStatements(ROOT, join(ROOT, 'tsconfig.json'), DOMAIN_NAMES.flatMap(filesOf));
  for (const name of DOMAIN_NAMES) {
    const own = found.filter(({ at }) => at.startsWith(`subgraphs/${name}/`));
    statements.set(name, own);
  }
}, TIMEOUT_MS);

/** Everything that does not fit the schema of a domain, after `change` of it. */
async function problemsOf(domain: DomainName, change = 'select 1'): Promise<string[]> {
  const databases = await createDomainDatabase(domain);
  const pool = createPool(databases.urls[domain], { max: 1, applicationName: 'test' });
  const problems: string[] = [];
  try {
    await pool.query(change);
    for (const { at, texts, row } of statements.get(domain)!) {
      if (texts.length === 0) problems.push(`${at}: the statement is not to be found in the source`);
      for (const text of texts) {
        try {
          const given = await describeStatement(pool, text);
          for (const stated of row ?? []) {
            const problem = problemOf(stated, given);
            if (problem) problems.push(`${at}: ${problem}`);
          }
        } catch (error) {
          problems.push(`${at}: ${(error as Error).message} in ${text}`);
        }
      }
    }
  } finally {
    await pool.end();
    await databases.drop();
  }
  return problems;
}

test.each(DOMAIN_NAMES)(
  '%s: every statement fits the schema, and its rows are what they are said to be',
  async (domain) => {
    expect(statements.get(domain)!.filter(({ row }) => row).length).toBeGreaterThan(5);
    expect(await problemsOf(domain)).toEqual([]);
  },
  TIMEOUT_MS,
);

test.each([
  {
    domain: 'agent' as const,
    change: 'alter table agent_executions rename column attempts to tries',
    seen: 'column e.attempts does not exist',
  },
  {
    domain: 'agent' as const,
    change: 'alter table agent_executions alter column attempts type text',
    seen: 'attempts is string (text), not number',
  },
  { domain: 'auth' as const, change: `alter type user_status add value 'LOST'`, seen: 'status may be LOST too' },
])(
  'a schema in which $seen is noticed',
  async ({ domain, change, seen }) => {
    const problems = await problemsOf(domain, change);
    expect(problems.filter((problem) => problem.includes(seen)).length).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
