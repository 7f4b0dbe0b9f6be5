import fc from 'fast-check';
import { buildSchema, parse } from 'graphql';
import { createAccessGuard, hasScope, intersectScopes, readAccessRules, scopeCovers, type Viewer } from './index.ts';

const half = fc.constantFrom('*', 'agent', 'agents', 'read', 'read-any');
const scope = fc.oneof(
  fc.tuple(half, half).map(([resource, action]) => `${resource}:${action}`),
  fc.constant('*'),
);
const plain = fc.tuple(half, half).map((halves) => halves.map((value) => (value === '*' ? 'x' : value)).join(':'));

test('two lists together allow exactly what each of them allows', () => {
  const covers = (held: readonly string[], wanted: string) => held.some((one) => scopeCovers(one, wanted));
  fc.assert(
    fc.property(fc.array(scope), fc.array(scope), plain, (one, other, wanted) => {
      expect(covers(intersectScopes(one, other), wanted)).toBe(covers(one, wanted) && covers(other, wanted));
    }),
    { numRuns: 2_000 },
  );
  expect(intersectScopes(['agent:*', 'role:read'], ['*:read', 'agent:*'])).toEqual([
    'agent:*',
    'agent:read',
    'role:read',
  ]);
  expect(intersectScopes(['*'], ['agent:read', '*:*'])).toEqual(['*:*', 'agent:read']);
  expect(intersectScopes(['agent:read'], ['agent:write', 'role:*'])).toEqual([]);
});

test.each([
  ['agent:read', 'agent:read', true],
  ['agent:*', 'agent:read-any', true],
  ['*:read', 'agent:read', true],
  ['*:*', 'agent:read', true],
  ['*', 'agent:read', true],
  ['*:read', 'agent:read-any', false],
  ['agent:read', 'agent:read-any', false],
  ['agent:read', 'agent:*', false],
  ['agent:*', '*:*', false],
  ['agent', 'agent:read', false],
  ['', 'agent:read', false],
  [':', 'agent:read', false],
])('%s covers %s: %s', (held, wanted, expected) => {
  expect(scopeCovers(held, wanted)).toBe(expected);
  const viewer: Viewer = { kind: 'service', service: 'test', userId: 'ada', scopes: [held] };
  expect(hasScope(viewer, wanted)).toBe(expected);
});

describe('a rule that asks for a session', () => {
  const sdl = `
    directive @access(public: Boolean, scopes: [[String!]!], session: Boolean) on FIELD_DEFINITION | OBJECT
    type Query { secret: Int @access(scopes: [["agent:read"]], session: true) plain: Int @access(scopes: [["agent:read"]]) }
  `;
  const guard = createAccessGuard(buildSchema(sdl), readAccessRules(parse(sdl)));
  const refusal = (query: string, viewer: Viewer) => guard(parse(query), undefined, viewer)?.message ?? null;
  const scopes = ['agent:read'];
  const key: Viewer = { kind: 'api-key', keyId: 'k', userId: 'u', principal: 'user', scopes, expiresAt: 4e9 };
  const user: Viewer = { kind: 'user', userId: 'u', scopes, sessionId: 's', expiresAt: 4e9 };

  test('is met by people, and by no key', () => {
    expect(refusal('{ secret plain }', user)).toBeNull();
    expect(refusal('{ plain }', key)).toBeNull();
    expect(refusal('{ plain secret }', key)).toBe('Query.secret cannot be used with an API key.');
    expect(refusal('{ secret }', { ...user, scopes: [] })).toBe('Query.secret needs the scope agent:read.');
    expect(refusal('{ secret }', { kind: 'anonymous' })).toMatch(/^Sign in first/);
  });
});

describe('a rule that asks for a recent sign-in', () => {
  const sdl = `
    directive @access(public: Boolean, scopes: [[String!]!], session: Boolean, recent: Boolean) on FIELD_DEFINITION | OBJECT
    type Query { grave: Int @access(scopes: [["agent:read"]], recent: true) }
  `;
  const guard = createAccessGuard(buildSchema(sdl), readAccessRules(parse(sdl)));
  const refusal = (viewer: Viewer) => guard(parse('{ grave }'), undefined, viewer)?.extensions.code ?? null;
  const scopes = ['agent:read'];
  const user: Viewer = { kind: 'user', userId: 'u', scopes, sessionId: 's', expiresAt: 4e9 };
  const now = Date.now() / 1_000;

  test.each<[string, Viewer, unknown]>([
    ['signed in just now', { ...user, recentUntil: now + 60 }, null],
    ['signed in too long ago', { ...user, recentUntil: now - 1 }, 'REAUTHENTICATION_REQUIRED'],
    ['of whom it is not known', user, 'REAUTHENTICATION_REQUIRED'],
    ['without the scope', { ...user, scopes: [] }, 'FORBIDDEN'],
    ['not signed in', { kind: 'anonymous' }, 'UNAUTHENTICATED'],
    ['a key', { kind: 'api-key', keyId: 'k', userId: 'u', principal: 'user', scopes, expiresAt: 4e9 }, null],
    ['a service', { kind: 'service', service: 'test', userId: 'u', scopes }, null],
  ])('somebody %s', (_name, viewer, code) => {
    expect(refusal(viewer)).toBe(code);
  });
});
