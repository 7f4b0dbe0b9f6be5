import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AUDIT_ACTIONS } from '../../subgraphs/auth/src/modules/audit/audit-actions.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8');
/** The cells of each line of a table that begins with one of these. */
const rowsOf = (text: string, begins: RegExp) =>
  text
    .split('\n')
    .filter((line) => begins.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));
const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

/** Columns by table of a Prisma schema, by their names in the database. */
function columnsOf(schema: string): Map<string, string[]> {
  const models = [...schema.matchAll(/^model (\w+) \{(.*?)^\}/gms)];
  const names = new Set(models.map(([, name]) => name));
  return new Map(
    models.map(([, name = '', body = '']) => {
      const fields = body
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => /^[a-z]\w* /i.test(line) && !line.includes('@relation'))
        .filter((line) => !names.has(/^\w+\s+(\w+)/.exec(line)?.[1] ?? ''));
      const mapped = (line: string) => /@map\("(\w+)"\)/.exec(line)?.[1] ?? line.split(/\s/)[0]!;
      return [/@@map\("(\w+)"\)/.exec(body)?.[1] ?? name, fields.map(mapped)];
    }),
  );
}

describe('docs/security/data.md', () => {
  const domains = readdirSync(join(ROOT, 'prisma')).filter((name) => !name.includes('.'));
  const rows = rowsOf(read('docs/security/data.md'), new RegExp(`^\\| (${domains.join('|')}) `));

  test('gives each column of each table one level', () => {
    const classified = new Map(
      rows.map(([, domain, table = '', ...levels]) => [
        `${domain}.${quoted(table)[0]}`,
        levels.slice(0, 4).flatMap(quoted).sort(),
      ]),
    );
    const existing = domains.flatMap((domain) =>
      [...columnsOf(read('prisma', domain, 'schema.prisma'))].map(
        ([table, columns]) => [`${domain}.${table}`, columns.sort()] as const,
      ),
    );
    expect(existing.length).toBeGreaterThan(45);
    expect(classified).toEqual(new Map(existing));
  });

  test('takes for secret what is hashed or sealed', () => {
    const secret = rows.flatMap(([, , table = '', level = '']) =>
      quoted(level).map((column) => `${quoted(table)[0]}.${column}`),
    );
    const hidden = rows.flatMap(([, , table = '', ...levels]) =>
      levels
        .slice(0, 4)
        .flatMap(quoted)
        .filter((column) => /_hash$|^sealed_/.test(column))
        .map((column) => `${quoted(table)[0]}.${column}`),
    );
    expect([...hidden, 'channel_configs.config'].sort()).toEqual(secret.sort());
  });
});

test('docs/security/cryptography.md names every file that encrypts, signs or hashes, and no other', () => {
  const imports = `from '(node:crypto|jsonwebtoken|jose|bcrypt|otplib)'`;
  const listed = execFileSync(
    'grep',
    ['-rlE', imports, '--include=*.ts', 'platform', 'gateway/src', 'subgraphs', 'server/src'],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  );
  const using = listed
    .split('\n')
    .filter(
      (file) =>
        file !== '' &&
        !/\.test\.ts$|test-?support|\/(subgraph-)?testing\/|__generated__|node_modules|\/dist\//.test(file),
    )
    .filter(
      (file) =>
        !/^import type .* from '(node:crypto|jose)'/m.test(read(file)) ||
        /^import \{.* from '(node:crypto|jsonwebtoken|jose|bcrypt|otplib)'/m.test(read(file)),
    );
  const named = rowsOf(read('docs/security/cryptography.md'), /^\| `(platform|gateway|subgraphs)\//).flatMap(
    ([, cell = '']) => {
      const [first = '', ...others] = quoted(cell);
      // `folder/one.ts`, `another.ts` of the same folder.
      return [first, ...others.map((name) => first.replace(/[^/]+$/, name))];
    },
  );
  expect(using.length).toBeGreaterThan(25);
  expect(using.filter((file) => !named.includes(file))).toEqual([]);
  for (const file of named) expect(read(file)).toMatch(/node:crypto|jsonwebtoken|jose|bcrypt|otplib|twilio/);
});

test('docs/security/logging.md lists every action of the audit log, and no other', () => {
  const actions = rowsOf(read('docs/security/logging.md'), /^\| (?!Of|-)[\w ]+\| `\w+\.\w+`/).flatMap(
    ([, , cell = '']) => quoted(cell),
  );
  expect(actions.sort()).toEqual(Object.keys(AUDIT_ACTIONS).sort());
});
