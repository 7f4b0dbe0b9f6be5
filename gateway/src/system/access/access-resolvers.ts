import { hasScope, type Viewer } from '@flowmesh/platform/access';
import { connectionResolvers, type ListArguments } from '@flowmesh/platform/connections';
import { explainAccess, type RoleScopes } from './explain-access.ts';
import type { AccessRuleList, FieldRule } from './access-rule-list.ts';
import type { RoleDirectory } from './role-directory.ts';

/** Data of the fields about access, loaded for each operation. */
export interface AccessContext {
  readonly viewer: Viewer;
  readonly roles: RoleDirectory;
}

interface ExplainArguments {
  readonly coordinate: string;
  readonly userId?: string | null;
}

/** Resolvers of the fields about access rules. */
export const createAccessResolvers = (rules: AccessRuleList) => ({
  Query: {
    accessRules: (_parent: unknown, args: ListArguments<never>) => rules.page(args),
    explainAccess: async (_parent: unknown, { coordinate, userId }: ExplainArguments, context: AccessContext) => {
      const { viewer, roles } = context;
      const field = rules.find(coordinate);
      const own = viewer.kind === 'anonymous' ? null : viewer.userId;
      const id = userId ?? own;
      if (id === null || (id !== own && !hasScope(viewer, 'access:read'))) return null;
      const held = await roles.rolesOf(id);
      return held && { rule: field, user: { id }, ...explainAccess(field.rule, held.roles, held.standing) };
    },
  },
  AccessRule: {
    coordinate: ({ id }: FieldRule) => id,
    public: ({ rule }: FieldRule) => rule.public,
    session: ({ rule }: FieldRule) => !rule.public && rule.session,
    recent: ({ rule }: FieldRule) => !rule.public && rule.recent,
    withoutFactor: ({ rule }: FieldRule) => !rule.public && rule.withoutFactor,
    machineScopes: ({ rule }: FieldRule) => rule.machineScopes,
    scopes: ({ rule }: FieldRule) => (rule.public ? [] : rule.scopes),
    roles: async ({ rule }: FieldRule, _args: object, { roles }: AccessContext): Promise<RoleScopes[]> =>
      (await roles.roles()).filter((role) => explainAccess(rule, [role]).allowed),
  },
  AccessRuleConnection: connectionResolvers,
});
