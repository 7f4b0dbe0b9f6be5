import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A subquery of IN, FROM or USING: PostgreSQL may run it once for each row of the other side, each time up to its limit. */
const SUBQUERY_THAT_LOCKS = /\b(?:in|from|using)\s*\(\s*select\b[^`]*?\bskip locked\s*\)/gi;

const repeatable = (source: string) =>
  [...source.matchAll(SUBQUERY_THAT_LOCKS)].map(([found]) => found).filter((found) => /\blimit\b/i.test(found));

test.each([
  ['delete from t where id in (select id from t limit 5 for update skip locked)', 1],
  ['delete from t using (\n select id from t limit 5 for update skip locked\n) old where t.id = old.id', 1],
  ['with old as (select id from t limit 5 for update skip locked) delete from t using old where t.id = old.id', 0],
  ['update t set seen = now() where id in (select id from t where id = any($1) for update skip locked)', 0],
])('%j: %i', (statement, count) => {
  expect(repeatable(statement)).toHaveLength(count);
});

test('rows are taken up to a limit in a CTE, which runs once', () => {
  const files = ['platform', 'subgraphs'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  );
  const statements = files
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
    .flatMap((file) => repeatable(readFileSync(join(ROOT, file), 'utf8')).map((found) => `${file}: ${found}`));
  expect(files.length).toBeGreaterThan(1_000);
  expect(statements).toEqual([]);
});
