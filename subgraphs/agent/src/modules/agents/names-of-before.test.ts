import { readFileSync } from 'node:fs';
import { prepareAgents, userOf, type AgentUnderTest } from '../../testing/agent-under-test.ts';
import { registered } from '../../testing/operations.ts';

let agents: AgentUnderTest;
beforeAll(async () => {
  agents = await prepareAgents();
}, 60_000);
afterAll(() => agents.stop(), 30_000);

const HTTP = { kind: 'HTTP', http: { url: 'https://example.com/agent' } };

// As installed: workflows and templates are migrated by the same words.
const migrationOf = (domain: string) =>
  readFileSync(`prisma/${domain}/migrations/20261130120000_names_of_before/migration.sql`, 'utf8');

test('names of before are brought to the one form, and those that become the same are told apart', async () => {
  const process = await agents.process({ worker: false });
  const owner = userOf('owner');
  const ids: string[] = [];
  for (const name of ['Cafe\u0301', 'Caf\u00e9', '\u212b', 'A\u030a', 'a\u00a0b', 'plain']) {
    const id = await registered(process, owner, HTTP);
    await agents.pool.query('update agents set name = $2 where id = $1', [id, name]);
    ids.push(id);
  }
  const other = await registered(process, userOf('other'), HTTP);
  await agents.pool.query('update agents set name = $2 where id = $1', [other, 'Cafe\u0301']);
  const names = async () =>
    (await agents.pool.query<{ name: string }>('select name from agents order by created_at, id')).rows.map(
      ({ name }) => name,
    );
  const migrated = [
    `Caf\u00e9 (${ids[0]!.slice(-12)})`,
    'Caf\u00e9',
    '\u00c5',
    `\u00c5 (${ids[3]!.slice(-12)})`,
    'a b',
    'plain',
    'Caf\u00e9',
  ];
  await agents.pool.query(migrationOf('agent'));
  expect(await names()).toEqual(migrated);
  // Whoever runs it once more changes nothing.
  await agents.pool.query(migrationOf('agent'));
  expect(await names()).toEqual(migrated);
});

test.each([
  ['workflow', 'workflows'],
  ['notification', 'templates'],
])('%s says the same of its names', (domain, table) => {
  const where = domain === 'workflow' ? '' : ' WHERE deleted_at IS NULL';
  const agentsSay = migrationOf('agent')
    .replaceAll('"agents"', `"${table}"`)
    .replace(' WHERE deleted_at IS NULL', where);
  expect(migrationOf(domain)).toBe(agentsSay);
});
