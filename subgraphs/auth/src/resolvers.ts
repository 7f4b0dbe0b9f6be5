import type { Resolvers } from './__generated__/graphql.ts';
import { accountResolvers } from './modules/accounts/resolvers/index.ts';
import { apiKeyResolvers } from './modules/api-keys/resolvers/index.ts';
import { auth0Resolvers } from './modules/auth0/resolvers/index.ts';
import { auditResolvers } from './modules/audit/resolvers/index.ts';
import { mfaResolvers } from './modules/mfa/resolvers/index.ts';
import { roleResolvers } from './modules/roles/resolvers/index.ts';
import { serviceAccountResolvers } from './modules/service-accounts/resolvers/index.ts';
import { sessionResolvers } from './modules/sessions/resolvers/index.ts';
import { signingKeyResolvers } from './modules/signing-keys/resolvers/index.ts';
import { userChangeResolvers } from './modules/user-changes/resolvers/index.ts';
import { userResolvers } from './modules/users/resolvers/index.ts';

/** Everything the schema can be asked; each module brings its part. */
export const resolvers = {
  ...userResolvers,
  ...roleResolvers,
  ...sessionResolvers,
  ...mfaResolvers,
  ...signingKeyResolvers,
  ...auditResolvers,
  ...apiKeyResolvers,
  ...serviceAccountResolvers,
  Query: {
    ...userResolvers.Query,
    ...roleResolvers.Query,
    ...sessionResolvers.Query,
    ...mfaResolvers.Query,
    ...signingKeyResolvers.Query,
    ...accountResolvers.Query,
    ...auditResolvers.Query,
    ...apiKeyResolvers.Query,
    ...serviceAccountResolvers.Query,
  },
  Mutation: {
    ...userResolvers.Mutation,
    ...userChangeResolvers.Mutation,
    ...accountResolvers.Mutation,
    ...roleResolvers.Mutation,
    ...sessionResolvers.Mutation,
    ...auth0Resolvers.Mutation,
    ...mfaResolvers.Mutation,
    ...signingKeyResolvers.Mutation,
    ...apiKeyResolvers.Mutation,
    ...serviceAccountResolvers.Mutation,
  },
} satisfies Resolvers;
