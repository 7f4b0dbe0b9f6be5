import { z } from 'zod';
import type { Operation } from '../integration-client.ts';
import { unusableAnswer } from '../provider-failure.ts';
import { jsonSchemaOf, readInput } from '../typed-operation.ts';
import type { Auth0Api } from './auth0-api.ts';
import { checkToken } from './auth0-token-check.ts';

export interface Auth0Operation extends Operation {
  /** `issuer`: of the tenant’s tokens. Throws `CallError` and `InvalidCallInput`. */
  readonly send: (api: Auth0Api, input: unknown, issuer: string) => Promise<unknown>;
}

type Kind = Pick<Operation, 'readOnly' | 'repeatable'>;
const READS: Kind = { readOnly: true, repeatable: true };
const SETS: Kind = { readOnly: false, repeatable: true };
const ADDS: Kind = { readOnly: false, repeatable: false };

function operation<Shape extends z.ZodRawShape>(
  name: string,
  description: string,
  kind: Kind,
  shape: Shape,
  output: z.ZodType,
  send: (api: Auth0Api, input: z.output<z.ZodObject<Shape, z.core.$strict>>, issuer: string) => Promise<unknown>,
): Auth0Operation {
  const input = z.strictObject(shape);
  return {
    ...{ name, description, ...kind, inputSchema: jsonSchemaOf(input), outputSchema: jsonSchemaOf(output) },
    send: (api, given, issuer) => send(api, readInput(input, given), issuer),
  };
}

/** With its bar, nothing in it leads elsewhere once it is a part of an address. */
const userId = z.string().regex(/^[\w.-]{1,100}\|[^\p{Cc}]{1,200}$/u, 'must be the id of a user, e.g. auth0|5f7c…');
const roleId = z.string().regex(/^rol_[A-Za-z0-9]{1,100}$/, 'must be the id of a role: rol_…');
const words = (max: number) => z.string().min(1).max(max);
const metadata = z.record(z.string(), z.unknown()).optional();
const paging = {
  page: z.int().min(0).max(9_999).default(0),
  per_page: z.int().min(1).max(100).default(50),
};

const profile = {
  email: words(320).optional(),
  email_verified: z.boolean().optional(),
  username: words(128).optional(),
  phone_number: words(30).optional(),
  name: words(300).optional(),
  given_name: words(150).optional(),
  family_name: words(150).optional(),
  nickname: words(300).optional(),
  user_metadata: metadata,
  app_metadata: metadata,
};

const USER = z.looseObject({ user_id: z.string() });
const USERS = z.object({ users: z.array(USER), start: z.int(), limit: z.int(), total: z.int() });
const ROLES = z.object({
  roles: z.array(z.looseObject({ id: z.string(), name: z.string() })),
  ...{ start: z.int(), limit: z.int(), total: z.int() },
});
const DONE = z.object({ id: z.string() });
const CHECKED = z.object({
  valid: z.boolean(),
  reason: z.string().nullable().describe('Why it is not valid, e.g. ERR_JWT_EXPIRED'),
  subject: z.string().nullable(),
  expiresAt: z.string().nullable().describe('RFC 3339'),
  claims: z.looseObject({}).nullable(),
});

const userPath = (id: string, below = ''): string => `/api/v2/users/${encodeURIComponent(id)}${below}`;

/** Only what was asked for: a list that came without its totals is none. */
function picked(answer: unknown, list: 'users' | 'roles'): object {
  const { [list]: items, start, limit, total } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  if (!Array.isArray(items)) throw unusableAnswer('Auth0', `it has no ${list}`);
  return { [list]: items as unknown[], start, limit, total };
}

const listUsers = async (api: Auth0Api, query: object) =>
  picked(
    await api({
      ...{ method: 'GET', path: '/api/v2/users', repeatable: true },
      query: { include_totals: true, ...query },
    }),
    'users',
  );

const changeUser = (api: Auth0Api, id: string, body: object) =>
  api({ method: 'PATCH', path: userPath(id), body, repeatable: true });

const USERS_OPERATIONS = [
  operation('getUser', 'A user.', READS, { id: userId }, USER, (api, { id }) =>
    api({ method: 'GET', path: userPath(id), repeatable: true }),
  ),
  operation('listUsers', 'Users, page by page; Auth0 gives the first 1,000.', READS, paging, USERS, listUsers),
  operation(
    'searchUsers',
    'Users that a query in Lucene’s syntax finds.',
    READS,
    { ...paging, q: words(2_000).describe('E.g. email:"ada@example.com"'), sort: words(100).optional() },
    USERS,
    (api, input) => listUsers(api, { search_engine: 'v3', ...input }),
  ),
  operation(
    'createUser',
    'Creates a user in a connection.',
    ADDS,
    {
      ...profile,
      connection: words(128).describe('E.g. Username-Password-Authentication'),
      password: words(500).optional(),
      verify_email: z.boolean().optional(),
    },
    USER,
    (api, body) => api({ method: 'POST', path: '/api/v2/users', body, repeatable: false }),
  ),
  operation('updateUser', 'Changes what is given.', SETS, { id: userId, ...profile }, USER, (api, { id, ...body }) =>
    changeUser(api, id, body),
  ),
  operation('blockUser', 'A user who is blocked cannot sign in.', SETS, { id: userId }, USER, (api, { id }) =>
    changeUser(api, id, { blocked: true }),
  ),
  operation('unblockUser', 'Lets a user sign in again.', SETS, { id: userId }, USER, (api, { id }) =>
    changeUser(api, id, { blocked: false }),
  ),
  operation('deleteUser', 'Deletes a user.', SETS, { id: userId }, DONE, async (api, { id }) => {
    await api({ method: 'DELETE', path: userPath(id), repeatable: true });
    return { id };
  }),
];

const roles = z.array(roleId).min(1).max(50);
const listRoles = async (api: Auth0Api, path: string, query: object) =>
  picked(await api({ method: 'GET', path, query: { include_totals: true, ...query }, repeatable: true }), 'roles');
const changeRoles = async (api: Auth0Api, method: 'POST' | 'DELETE', id: string, given: readonly string[]) => {
  await api({ method, path: userPath(id, '/roles'), body: { roles: given }, repeatable: true });
  return { id };
};

const ROLES_OPERATIONS = [
  operation(
    'listRoles',
    'Roles of the tenant, page by page.',
    READS,
    { ...paging, name_filter: words(100).optional() },
    ROLES,
    (api, query) => listRoles(api, '/api/v2/roles', query),
  ),
  operation('rolesOfUser', 'Roles that a user has.', READS, { id: userId, ...paging }, ROLES, (api, { id, ...query }) =>
    listRoles(api, userPath(id, '/roles'), query),
  ),
  operation('assignRoles', 'Gives roles to a user.', SETS, { id: userId, roles }, DONE, (api, { id, roles: given }) =>
    changeRoles(api, 'POST', id, given),
  ),
  operation('removeRoles', 'Takes roles from a user.', SETS, { id: userId, roles }, DONE, (api, { id, roles: given }) =>
    changeRoles(api, 'DELETE', id, given),
  ),
];

export const AUTH0_OPERATIONS: readonly Auth0Operation[] = [
  ...USERS_OPERATIONS,
  ...ROLES_OPERATIONS,
  operation(
    'checkToken',
    'Whether the tenant has signed a token for an audience, and it has not ended.',
    // Of another answer a moment later, so that it is not to be cached.
    SETS,
    { token: words(20_000), audience: words(2_000) },
    CHECKED,
    (api, { token, audience }, issuer) => checkToken(api, { token, audience, issuer }),
  ),
];
