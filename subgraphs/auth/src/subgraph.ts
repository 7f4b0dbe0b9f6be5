import { openDomain } from '@flowmesh/platform/domain-runtime';
import { contextFactory, type Platform, type Roles, type Subgraph } from '@flowmesh/platform/subgraph';
import { PrismaClient } from '@flowmesh/prisma/auth';
import { resolvers } from './__generated__/resolvers.ts';
import { authSettings, type AuthConfig } from './auth-config.ts';
import { createFoundations } from './foundations.ts';
import { createKeys } from './keys/keys.ts';
import { createLoaders } from './loaders.ts';
import { removeWhatIsOver } from './maintenance.ts';
import { createAccounts } from './modules/accounts/accounts.ts';
import { createApiKeys } from './modules/api-keys/api-keys.ts';
import { createAuth0 } from './modules/auth0/auth0.ts';
import { createMfa } from './modules/mfa/mfa.ts';
import { createRoles } from './modules/roles/roles.ts';
import { createServiceAccounts } from './modules/service-accounts/service-accounts.ts';
import { createIdentity } from './modules/sessions/session-identity.ts';
import { createSessions } from './modules/sessions/sessions.ts';
import { createUserChanges } from './modules/user-changes/user-changes.ts';
import type { FirstAdministrator } from './modules/users/first-administrator.ts';
import { createUsers } from './modules/users/users.ts';
import type { Services } from './services.ts';
import { createRoutes } from './routes.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';

export type AuthSubgraph = Subgraph &
  Required<Pick<Subgraph, 'identity' | 'registerRoutes'>> & {
    /** The first administrator, if the start created one; null otherwise. Show a generated password once. */
    readonly firstAdministrator: FirstAdministrator | null;
  };

/** Settings → shared parts → modules → schema. */
export function createSubgraph(
  platform: Platform,
  roles: Roles,
  config: AuthConfig = platform.config.settings.of(authSettings),
): AuthSubgraph {
  const domain = openDomain(platform, roles, {
    name: 'auth',
    connections: 10,
    prisma: (adapter) => new PrismaClient({ adapter }),
  });
  const internalSecret = domain.needed('INTERNAL_SECRET', domain.config.internalSecret);
  const { sessions: limits, registrationOpen } = config;
  const base = createFoundations(domain, config);

  const permissions = createRoles(domain, base);
  const keys = createKeys(domain, config.signingKeyMaxAgeSeconds);
  const users = createUsers(domain, base, { roles: permissions.services.roles, first: config.firstAdministrator });
  const apiKeys = createApiKeys(domain, base);
  const machines = createServiceAccounts(domain, base, permissions.services.roles);
  const mfa = createMfa(domain, base, config.clockToleranceSeconds);
  const signIn = { users: users.store, mfa: mfa.service, accessTokens: keys.accessTokens, limits };
  const sessions = createSessions(domain, base, signIn);
  const accounts = createAccounts(domain, base, registrationOpen);
  const auth0 = createAuth0(domain, base, {
    config: config.auth0,
    registrationOpen,
    sessions: sessions.services.sessions,
    passwords: accounts.services.passwords,
  });
  domain.keepSealed(SEALED_COLUMNS, async () => ({ passwords: await users.countEarlierHashes() }));
  removeWhatIsOver(domain, [sessions, mfa, keys, base, accounts, auth0]);

  const services: Services = {
    ...permissions.services,
    ...sessions.services,
    ...accounts.services,
    users: users.service,
    userChanges: createUserChanges(domain, base, accounts.services.passwords),
    apiKeys: apiKeys.service,
    serviceAccounts: machines.service,
    auth0: auth0.service,
    mfa: mfa.service,
    keyRotation: keys.rotation,
    audit: base.audit,
    mfaRequired: limits.mfaRequired ?? false,
  };
  const identity = createIdentity(sessions.store, apiKeys.store, keys.keys, domain.logger);
  const subgraph = domain.subgraph({
    description: 'Identity: users, roles, sessions, tokens.',
    resolvers,
    createContext: contextFactory(services, createLoaders),
  });
  return {
    ...subgraph,
    identity,
    registerRoutes: createRoutes(identity, internalSecret, base.mailDelivery.registerOutbox),
    get firstAdministrator() {
      return users.firstAdministrator();
    },
  };
}
