import type { UserResolvers } from '../../../__generated__/graphql.ts';
import type { AuthContext } from '../../../context.ts';
import type { UserMapper } from '../schema.mappers.ts';

/** What only the user and holders of `user:read-any` see; null for everybody else. */
const personal =
  <T>(read: (user: UserMapper, context: AuthContext) => T) =>
  (user: UserMapper, _args: object, context: AuthContext): T | null =>
    context.services.users.seesPrivate(context.viewer, user) ? read(user, context) : null;

export const User: UserResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.user.load(id),
  email: personal(({ email }) => email),
  status: personal(({ status }) => status),
  emailVerified: personal(({ emailVerified }) => emailVerified),
  mfaEnabled: personal(({ mfaEnabled }) => mfaEnabled),
  mfaEnrolmentRequired: personal(({ mfaEnabled }, { services }) => services.mfaRequired && !mfaEnabled),
  passwordExpiresAt: personal(({ passwordExpiresAt }) => passwordExpiresAt),
  lastLogin: personal(({ lastLogin }) => lastLogin),
  metadata: personal(({ metadata }) => metadata as Record<string, unknown>),
  auth0Id: personal(({ auth0Id }) => auth0Id),
  roles: personal(({ id }, { loaders }) => loaders.rolesOfUser.load(id)),
  scopes: personal(async ({ id }, { services, loaders }) =>
    services.roles.scopesOf(await loaders.rolesOfUser.load(id)),
  ),
};
