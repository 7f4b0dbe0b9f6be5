import { describe, expect, test } from '@jest/globals';
import { OPERATIONS } from '../access/operations.ts';
import { graph } from '../harness/graph.ts';
import { sharedProduct } from '../harness/product.ts';
import { until } from '@flowmesh/platform/testing';
import { administrator, makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();

const EXPLAIN = `query Explain($coordinate: String!, $userId: ID) {
  explainAccess(coordinate: $coordinate, userId: $userId) {
    allowed reason user { id username } rule { coordinate public session scopes }
    alternatives { met scopes { name held grants { role { name } scope } } }
  }
}`;

interface Explanation {
  readonly allowed: boolean;
  readonly reason: string;
  readonly alternatives: readonly { readonly met: boolean }[];
}

const explain = async (as: TestUser, coordinate: string, userId?: string) =>
  (await as.graph.query<{ explainAccess: Explanation | null }>(EXPLAIN, { coordinate, userId })).explainAccess;

describe('explainAccess', () => {
  test('says by which role somebody may, joined with what auth knows of them', async () => {
    const user = await makeUser(product);
    expect(await explain(user, 'Mutation.registerAgent')).toEqual({
      allowed: true,
      reason: 'The user holds agent:write by the role member (agent:write).',
      user: { id: user.id, username: user.username },
      rule: { coordinate: 'Mutation.registerAgent', public: false, session: false, scopes: [['agent:write']] },
      alternatives: [
        {
          met: true,
          scopes: [{ name: 'agent:write', held: true, grants: [{ role: { name: 'member' }, scope: 'agent:write' }] }],
        },
      ],
    });
    const admin = await administrator(product);
    expect(await explain(admin, 'Mutation.assignRole', user.id)).toMatchObject({
      allowed: false,
      reason: 'The user lacks role:assign.',
      user: { id: user.id },
    });
  });

  test('agrees with what the table of operations says of members, for each of them', async () => {
    const member = await makeUser(product);
    const coordinates = Object.keys(OPERATIONS);
    for (let at = 0; at < coordinates.length; at += 15) {
      const some = coordinates.slice(at, at + 15);
      const fields = some.map((name, index) => `f${index}: explainAccess(coordinate: "${name}") { allowed }`);
      const answer = await member.graph.query<Record<string, { allowed: boolean }>>(`{ ${fields.join('\n')} }`);
      for (const [index, name] of some.entries()) {
        const expected = OPERATIONS[name]!.allowed !== 'administrators';
        expect([name, answer[`f${index}`]!.allowed]).toEqual([name, expected]);
      }
    }
  });

  test('of others is for holders of access:read, and of nobody there is none', async () => {
    const [one, other] = await Promise.all([makeUser(product), makeUser(product)]);
    expect(await explain(one, 'Query.agents', other.id)).toBeNull();
    expect(await explain(await administrator(product), 'Query.agents', unique('nobody'))).toBeNull();
    const { errors } = await one.graph.ask(EXPLAIN, { coordinate: 'Query.nothing' });
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['BAD_USER_INPUT']);
  });
});

test('accessRules names the roles that suffice, which change as roles do', async () => {
  const admin = await administrator(product);
  const name = unique('signer');
  const rules = async () =>
    (
      await admin.graph.query<{ accessRules: { nodes: { coordinate: string; roles: { name: string }[] }[] } }>(
        '{ accessRules(filter: { search: "Mutation.assignRole" }) { nodes { coordinate roles { name } } } }',
      )
    ).accessRules.nodes.map((rule) => ({ ...rule, roles: rule.roles.map((role) => role.name) }));
  expect(await rules()).toEqual([{ coordinate: 'Mutation.assignRole', roles: expect.arrayContaining(['admin']) }]);
  await admin.graph.mutate('mutation Make($input: CreateRoleInput!) { createRole(input: $input) { __typename } }', {
    input: { name, scopes: ['role:*'] },
  });
  expect(await rules()).toEqual([
    { coordinate: 'Mutation.assignRole', roles: expect.arrayContaining(['admin', name]) },
  ]);
});

test('an API key is used, and is dead soon after it was revoked', async () => {
  const user = await makeUser(product);
  const made = await user.graph.mutate<{ key: string; apiKey: { id: string } }>(
    `mutation Make($input: CreateApiKeyInput!) {
      createApiKey(input: $input) { __typename ... on CreateApiKeySuccess { key apiKey { id } } }
    }`,
    { input: { name: 'machine', scopes: ['agent:read'] } },
  );
  const machine = graph(product).as({ accessToken: made.key });
  const mine = '{ me { username email } agents { nodes { id } } }';
  expect((await machine.ask(mine)).errors).toMatchObject([
    { message: 'Query.me needs the scope user:read, or user:read-any.' },
  ]);
  expect(await machine.query('{ agents { nodes { id } } }')).toEqual({ agents: { nodes: [] } });
  const { errors } = await machine.ask(
    'mutation { createApiKey(input: { name: "x", scopes: ["agent:read"] }) { __typename } }',
  );
  expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN']);
  await user.graph.mutate('mutation End($id: ID!) { revokeApiKey(input: { id: $id }) { __typename } }', {
    id: made.apiKey.id,
  });
  await until('the key is refused', async () => (await machine.ask('{ agents { nodes { id } } }')).status === 401);
});
