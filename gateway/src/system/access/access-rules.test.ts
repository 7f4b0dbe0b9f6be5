import {
  combineRules,
  createAccessGuard,
  readAccessRules,
  scopeCovers,
  type AccessRule,
} from '@flowmesh/platform/access';
import { createLocalSource, type SubgraphSource } from '@flowmesh/platform/federation';
import { createLogger } from '@flowmesh/platform/logging';
import fc from 'fast-check';
import { buildASTSchema, parse } from 'graphql';
import { readSupergraphFile } from '../../supergraph/supergraph-file.ts';
import { createSystemSubgraph } from '../system-subgraph.ts';
import { explainAccess, type Standing } from './explain-access.ts';
import { AccessRuleList } from './access-rule-list.ts';

const sdl = readSupergraphFile();
const document = parse(sdl);
const rules = readAccessRules(document);
const coordinates = [...rules.keys()].sort();
const guard = createAccessGuard(buildASTSchema(document, { assumeValid: true }), rules);
const list = new AccessRuleList(sdl);

/** Every scope that rules ask for, and wildcards that cover some of them. */
const asked = [
  ...new Set([...rules.values()].flat().flatMap((rule) => (rule.public ? [] : rule.scopes.flat()))),
].sort();
const held = [
  ...new Set(asked.flatMap((scope) => [scope, `${scope.split(':')[0]}:*`, `*:${scope.split(':')[1]}`])),
  '*:*',
];

/** A document that names this field and no other. */
function documentOf(coordinate: string) {
  const [type, field] = coordinate.split('.');
  return parse(`query { __typename } fragment F on ${type} { ${field} }`);
}

const roles = fc
  .array(fc.subarray(held, { maxLength: 4 }), { maxLength: 3 })
  .map((each) => each.map((scopes, index) => ({ id: `r${index}`, name: `role ${index}`, scopes })));

describe('explainAccess', () => {
  test("agrees with the gateway's guard about every field, whatever roles somebody has", () => {
    expect(coordinates.length).toBeGreaterThan(300);
    const documents = coordinates.map((coordinate) => ({ coordinate, document: documentOf(coordinate) }));
    fc.assert(
      fc.property(roles, (each) => {
        const scopes = each.flatMap((role) => role.scopes);
        const viewer = { kind: 'user', userId: 'u', sessionId: 's', expiresAt: 4e9, recentUntil: 4e9, scopes } as const;
        for (const { coordinate, document } of documents) {
          const refusal = guard(document, undefined, viewer);
          const { allowed, alternatives } = explainAccess(list.find(coordinate).rule, each);
          if (allowed !== (refusal === null)) throw new Error(`${coordinate} with ${scopes.join(' ')}`);
          for (const scope of alternatives.flatMap((alternative) => alternative.scopes)) {
            expect(scope.grants.every((grant) => scopeCovers(grant.scope, scope.name))).toBe(true);
            expect(scope.held).toBe(scopes.some((one) => scopeCovers(one, scope.name)));
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  const rule = {
    public: false,
    session: false,
    recent: false,
    withoutFactor: false,
    machineScopes: [],
    scopes: [['a:read', 'b:read'], ['c:any']],
  } satisfies AccessRule;
  const active = { status: 'ACTIVE', mfaEnrolmentRequired: false } as const;
  const suspended = { ...active, status: 'SUSPENDED' } as const;
  const role = (...scopes: string[]) => ({ id: 'r', name: 'staff', scopes });
  test.each<[string, ReturnType<typeof role>[], Standing, boolean, string]>([
    ['one alternative', [role('c:any')], active, true, 'The user holds c:any by the role staff (c:any).'],
    [
      'wildcards of two roles',
      [role('a:*'), role('*:read')],
      active,
      true,
      'The user holds a:read by the role staff (a:*) and b:read by the role staff (*:read).',
    ],
    ['half an alternative', [role('a:read')], active, false, 'The user lacks b:read, or c:any.'],
    ['nothing', [], active, false, 'The user lacks a:read and b:read, or c:any.'],
    ['everything, suspended', [role('*:*')], suspended, false, 'The user is suspended and cannot sign in.'],
    [
      'everything, not confirmed',
      [role('*:*')],
      { ...active, status: 'PENDING' },
      false,
      'The user has not confirmed the e-mail address yet and cannot sign in.',
    ],
    ['everything, deleted', [role('*:*')], { ...active, status: 'DELETED' }, false, 'The user was deleted.'],
    [
      'no second factor where one is required',
      [role('c:any')],
      { ...active, mfaEnrolmentRequired: true },
      false,
      'The user holds c:any by the role staff (c:any). It counts once they have a second factor, which is required.',
    ],
  ])('says why, with %s', (_name, each, standing, allowed, reason) => {
    expect(explainAccess(rule, each, standing)).toMatchObject({ allowed, reason });
  });

  test('of a field that needs a recent sign-in', () => {
    const reason = 'The user holds c:any by the role staff (c:any). It needs a recent sign-in.';
    expect(explainAccess({ ...rule, recent: true }, [role('c:any')], active)).toMatchObject({ allowed: true, reason });
  });

  test('of a field that asks no scopes', () => {
    const signedIn = { ...rule, scopes: [] };
    const lacking = { ...active, mfaEnrolmentRequired: true };
    expect(explainAccess(signedIn, [], active)).toMatchObject({ allowed: true });
    expect(explainAccess(signedIn, [], lacking)).toMatchObject({ allowed: false });
    expect(explainAccess({ ...signedIn, withoutFactor: true }, [], lacking)).toMatchObject({ allowed: true });
    expect(explainAccess(signedIn, [], suspended)).toMatchObject({ allowed: false });
    expect(explainAccess({ public: true, machineScopes: [] }, [], suspended)).toMatchObject({ allowed: true });
  });
});

test('rules of several types together ask what each of them asks', () => {
  const names = ['a:x', 'b:x', 'c:x'];
  const alternatives = fc.array(fc.subarray(names, { minLength: 1 }), { maxLength: 3 });
  const arbitrary: fc.Arbitrary<AccessRule> = fc.oneof(
    fc.record({ public: fc.constant(true as const), machineScopes: alternatives }),
    fc.record({
      public: fc.constant(false as const),
      session: fc.boolean(),
      recent: fc.boolean(),
      withoutFactor: fc.boolean(),
      machineScopes: alternatives,
      scopes: alternatives,
    }),
  );
  const met = (wanted: readonly string[][], scopes: readonly string[]) =>
    wanted.length === 0 || wanted.some((all) => all.every((scope) => scopes.includes(scope)));
  const allows = (one: AccessRule, scopes: readonly string[]) => one.public || met(one.scopes, scopes);
  const allowsMachine = (one: AccessRule, scopes: readonly string[]) => met(one.machineScopes, scopes);
  fc.assert(
    fc.property(fc.array(arbitrary, { maxLength: 3 }), fc.subarray(names), (each, scopes) => {
      const combined = combineRules(each);
      expect(allows(combined, scopes)).toBe(each.every((one) => allows(one, scopes)));
      expect(allowsMachine(combined, scopes)).toBe(each.every((one) => allowsMachine(one, scopes)));
      expect(combined.public || combined.withoutFactor).toBe(each.every((one) => one.public || one.withoutFactor));
      expect(!combined.public && combined.session).toBe(each.some((one) => !one.public && one.session));
      expect(!combined.public && combined.recent).toBe(each.some((one) => !one.public && one.recent));
      expect(combined.public).toBe(each.every((one) => one.public));
    }),
  );
});

test('accessRules lists every field of the supergraph once, by coordinate, page by page', async () => {
  const unused: SubgraphSource = {
    name: 'auth',
    execute: () => Promise.reject(new Error('not asked')),
    subscribe: () => Promise.reject(new Error('not asked')),
    close: () => Promise.resolve(),
  };
  const system = createSystemSubgraph({
    reporters: [],
    version: '1',
    supergraphSdl: sdl,
    sources: new Map([['auth', unused]]),
  });
  const source = createLocalSource(system, createLogger({ level: 'silent', name: 'test' }));
  const viewer = {
    kind: 'user',
    userId: 'u',
    sessionId: 's',
    expiresAt: 4e9,
    recentUntil: 4e9,
    scopes: ['access:read'],
  } as const;
  interface Page {
    nodes: {
      coordinate: string;
      public: boolean;
      session: boolean;
      recent: boolean;
      withoutFactor: boolean;
      machineScopes: string[][];
      scopes: string[][];
    }[];
    pageInfo: { hasNextPage: boolean; endCursor: string };
    totalCount: number;
  }
  const page = async (variables: object) => {
    const query = `query ($filter: AccessRuleFilter, $after: String, $first: Int) {
      accessRules(filter: $filter, after: $after, first: $first) {
        nodes { coordinate public session recent withoutFactor machineScopes scopes } pageInfo { hasNextPage endCursor } totalCount } }`;
    const { data, errors } = await source.execute(
      { query, variables: { ...variables } },
      { viewer, requestId: 'test' },
    );
    if (errors) throw errors[0]!;
    return data!.accessRules as Page;
  };
  const all: Page['nodes'] = [];
  let after: string | null = null;
  do {
    const { nodes, pageInfo, totalCount }: Page = await page({ after, first: 100 });
    expect(totalCount).toBe(coordinates.length);
    all.push(...nodes);
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  expect(all.map(({ coordinate }) => coordinate)).toEqual(coordinates);
  for (const { coordinate, ...shown } of all) {
    const rule = combineRules(rules.get(coordinate)!);
    const nothing = { session: false, recent: false, withoutFactor: false, scopes: [] };
    expect(shown).toEqual(rule.public ? { ...nothing, ...rule } : rule);
  }

  const names = async (filter: object) =>
    (await page({ filter, first: 100 })).nodes.map(({ coordinate }) => coordinate);
  expect(await names({ type: 'Mutation', scope: 'role:assign' })).toEqual([
    'Mutation.assignRole',
    'Mutation.revokeRole',
  ]);
  expect(await names({ search: 'QUERY.ACCESSRULES' })).toEqual(['Query.accessRules']);
  expect(await names({ type: 'Query', public: true, search: 'Query.' })).toEqual(
    coordinates.filter((each) => each.startsWith('Query.') && combineRules(rules.get(each)!).public),
  );
  await expect(page({ filter: { search: 'a\0' } })).rejects.toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
});
