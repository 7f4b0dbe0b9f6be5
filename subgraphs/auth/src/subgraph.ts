import { networkSettings } from '@flowmesh/platform/config';
import { checkDatabase, createPool } from '@flowmesh/platform/database';
import { StartError } from '@flowmesh/platform/errors';
import { startRelay, type Relay } from '@flowmesh/platform/events';
import { buildSubgraphSchema, loadTypeDefinitions } from '@flowmesh/platform/graphql';
import { createKeyRing, createSecretBox, keepSealed } from '@flowmesh/platform/secrets';
import {
  contextFactory,
  type CreateSubgraph,
  type Platform,
  type Roles,
  type Subgraph,
} from '@flowmesh/platform/subgraph';
import { authSettings, type AuthConfig } from './auth-config.ts';
import { createLoaders } from './loaders.ts';
import type { Services } from './services.ts';
import { AccessTokens } from './keys/access-tokens.ts';
import { KeyRotation } from './keys/key-rotation.ts';
import { SigningKeyStore } from './keys/signing-key-store.ts';
import { SigningKeys } from './keys/signing-keys.ts';
import { startMaintenance } from './maintenance.ts';
import { createMailCarrier, createMailDelivery } from './mails/index.ts';
import { AccountAlerts } from './modules/account-alerts/account-alerts.ts';
import { AccountMails } from './modules/accounts/account-mails.ts';
import { createAccounts } from './modules/accounts/accounts.ts';
import { PasswordAdvice } from './modules/accounts/password-advice.ts';
import { createAuth0 } from './modules/auth0/auth0.ts';
import { AuditService } from './modules/audit/audit-service.ts';
import { AuditStore } from './modules/audit/audit-store.ts';
import { ApiKeyService } from './modules/api-keys/api-key-service.ts';
import { ApiKeyStore } from './modules/api-keys/api-key-store.ts';
import { ServiceAccountService } from './modules/service-accounts/service-account-service.ts';
import { ServiceAccountStore } from './modules/service-accounts/service-account-store.ts';
import { RoleStore } from './modules/roles/role-store.ts';
import { createRoles } from './modules/roles/roles.ts';
import { SYSTEM_ROLES } from './modules/roles/system-roles.ts';
import { createBackupCodeHashes } from './modules/mfa/backup-codes.ts';
import { MfaService } from './modules/mfa/mfa-service.ts';
import { MfaStore } from './modules/mfa/mfa-store.ts';
import { createIdentity } from './modules/sessions/session-identity.ts';
import { SessionListService } from './modules/sessions/session-list-service.ts';
import { SessionListStore } from './modules/sessions/session-list-store.ts';
import { SessionService } from './modules/sessions/session-service.ts';
import { SessionStore } from './modules/sessions/session-store.ts';
import { TokenService } from './modules/sessions/token-service.ts';
import { UserChangeService } from './modules/user-changes/user-change-service.ts';
import { UserChangeStore } from './modules/user-changes/user-change-store.ts';
import { ensureFirstAdministrator, type FirstAdministrator } from './modules/users/first-administrator.ts';
import { UserService } from './modules/users/user-service.ts';
import { UserStore } from './modules/users/user-store.ts';
import { createPasswordDigest } from './passwords/password-digest.ts';
import { PasswordHasher } from './passwords/password-hasher.ts';
import { PasswordPolicy } from './passwords/password-policy.ts';
import { StrengthEstimator } from './passwords/strength-estimator.ts';
import { resolvers } from './__generated__/resolvers.ts';
import { createRoutes } from './routes.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';
import { DeviceTokens } from './throttling/device-tokens.ts';
import { openCounters } from './throttling/throttle-counters.ts';
import { createThrottle } from './throttling/audited-throttle.ts';

export type { FirstAdministrator } from './modules/users/first-administrator.ts';

export type AuthSubgraph = Subgraph &
  Required<Pick<Subgraph, 'identity' | 'registerRoutes'>> & {
    /** Whom this start has made the first administrator; null when there was one. Show a generated password once. */
    readonly firstAdministrator: FirstAdministrator | null;
  };

const NAME = 'auth';
const CONNECTIONS = 10;

/** Builds auth. Throws `StartError` when it cannot work as it is configured. */
export async function createAuthSubgraph(
  platform: Platform,
  roles: Roles,
  config: AuthConfig = platform.config.settings.of(authSettings),
): Promise<AuthSubgraph> {
  const { logger, lifecycle, bus, queues, metrics } = platform;
  const { internalSecret, encryptionKey } = platform.config;
  if (internalSecret === null || encryptionKey === null) {
    throw new StartError('auth needs INTERNAL_SECRET and ENCRYPTION_KEY.');
  }
  const { passwordLengths, throttle: limits, sessions: sessionLimits } = config;

  const pool = createPool(platform.databaseUrl(NAME), {
    max: CONNECTIONS,
    applicationName: `flowmesh-${NAME}`,
    logger,
  });
  lifecycle.onStop(`${NAME}: database`, () => pool.end());
  let relay: Relay | undefined;
  const onEvents = () => relay?.poke();

  const roleStore = new RoleStore(pool);
  const sessionStore = new SessionStore(pool, sessionLimits);
  const keyRing = createKeyRing(encryptionKey, platform.config.decryptionKeys);
  const passwords = new PasswordHasher(keyRing.all.map(createPasswordDigest), { rounds: config.passwordRounds });
  const policy = new PasswordPolicy(passwordLengths);
  const strength = new StrengthEstimator();
  lifecycle.onStop(`${NAME}: password strength`, () => strength.close());
  const secrets = createSecretBox(keyRing);
  const { publicUrl, environment } = platform.config;
  const production = environment === 'production';
  const mailDelivery = createMailDelivery({
    carrier: createMailCarrier(platform.services),
    production,
    publicUrl,
    pool,
    secrets,
    logger,
  });
  const mails = new AccountMails(publicUrl);
  const onMails = () => mailDelivery.poke();
  const userStore = new UserStore(pool, mailDelivery);
  const keyStore = new SigningKeyStore(pool);
  const keys = new SigningKeys(keyStore, secrets);
  const keyRotation = new KeyRotation(keyStore, keys, config.signingKeyMaxAgeSeconds);
  const { redisUrl, databasePrefix: prefix } = platform.config;
  const counters = openCounters({ pool, redisUrl, prefix, limits, logger });
  lifecycle.onStop(`${NAME}: throttle`, () => counters.close());
  const audit = new AuditService(new AuditStore(pool));
  const alerts = new AccountAlerts({ pool, mailer: mailDelivery, mails, logger });
  lifecycle.onStop(`${NAME}: alerts`, () => alerts.stop());
  const throttle = createThrottle(counters, audit, alerts);

  const { service: roleService, assignments } = createRoles({
    store: roleStore,
    pool,
    mailDelivery,
    mails,
    audit,
    onEvents,
  });
  const apiKeyStore = new ApiKeyStore(pool);
  const apiKeys = new ApiKeyService(apiKeyStore, audit);
  const accountStore = new ServiceAccountStore(pool);
  const serviceAccounts = new ServiceAccountService({ store: accountStore, roles: roleService, audit, onEvents });
  const users = new UserService({
    store: userStore,
    roles: roleService,
    audit,
    passwords,
    policy,
    mails,
    onMails,
    onEvents,
  });
  const accessTokens = new AccessTokens(keys);
  const mfaStore = new MfaStore(pool, mailDelivery);
  const mfa = new MfaService({
    store: mfaStore,
    secrets,
    hashesOfBackupCode: createBackupCodeHashes(keyRing),
    clockToleranceSeconds: config.clockToleranceSeconds,
    passwords,
    policy,
    throttle,
    audit,
    alerts,
    mails,
    onMails,
    onEvents,
  });
  const devices = new DeviceTokens(secrets);
  const sessions = new SessionService({
    store: sessionStore,
    users: userStore,
    passwords,
    accessTokens,
    throttle,
    mfa,
    audit,
    devices,
    alerts,
    logger,
    onEvents,
  });
  const sessionList = new SessionListService({
    list: new SessionListStore(pool, sessionLimits),
    store: sessionStore,
    limits: sessionLimits,
    onEvents,
  });
  const tokens = new TokenService({ store: sessionStore, accessTokens, throttle, onEvents });
  const accounts = createAccounts({
    pool,
    mailDelivery,
    passwords,
    policy,
    throttle,
    audit,
    mails,
    registrationOpen: config.registrationOpen,
    logger,
    onEvents,
  });
  const auth0 = createAuth0({
    config: config.auth0,
    pool,
    mailDelivery,
    allowPrivateAddresses: platform.config.settings.of(networkSettings).allowPrivateAddresses,
    sessions,
    passwords: accounts.passwords,
    mails,
    throttle,
    devices,
    audit,
    registrationOpen: config.registrationOpen,
    logger,
    onEvents,
  });
  lifecycle.onStop(`${NAME}: Auth0`, () => auth0.stop());
  const userChanges = new UserChangeService({
    store: new UserChangeStore(pool, mailDelivery),
    passwords: accounts.passwords,
    mails,
    throttle,
    audit,
    onMails,
    onEvents,
  });
  const passwordAdvice = new PasswordAdvice(policy, strength, throttle);
  const identity = createIdentity(sessionStore, apiKeyStore, keys, logger);

  await roleStore.seed(SYSTEM_ROLES);
  await keys.active();
  const firstAdministrator = await ensureFirstAdministrator(userStore, passwords, config.firstAdministrator);

  const services: Services = {
    mfaRequired: sessionLimits.mfaRequired ?? false,
    users,
    userChanges,
    roles: roleService,
    assignments,
    apiKeys,
    serviceAccounts,
    sessions,
    auth0: auth0.service,
    sessionList,
    tokens,
    mfa,
    keyRotation,
    audit,
    accounts: accounts.accounts,
    passwords: accounts.passwords,
    passwordAdvice,
  };

  return {
    name: NAME,
    version: '0.1.0',
    description: 'Identity: users, roles, sessions, tokens.',
    ...buildSubgraphSchema(loadTypeDefinitions(NAME), resolvers),
    createContext: contextFactory(services, createLoaders),
    checks: [
      { name: 'database', check: () => checkDatabase(pool) },
      { name: 'queue', check: () => queues.check() },
      { name: 'event bus', check: () => bus.check() },
    ],
    identity,
    registerRoutes: (server) => {
      createRoutes(identity, internalSecret)(server);
      mailDelivery.registerOutbox?.(server);
    },
    firstAdministrator,
    start: async () => {
      const started = startRelay({ domain: NAME, pool, bus, logger, metrics });
      relay = started;
      lifecycle.onStop(`${NAME}: relay`, () => started.stop());
      if (!roles.worker) return;
      const sealed = keepSealed({
        name: NAME,
        keyRing,
        box: secrets,
        pool,
        columns: SEALED_COLUMNS,
        queues,
        logger,
        // They are made anew when their owners sign in.
        others: async () => ({ passwords: await userStore.countPasswordsBut(passwords.currentPrefix) }),
      });
      lifecycle.onStop(`${NAME}: sealed secrets`, () => sealed?.stop());
      accounts.start();
      lifecycle.onStop(`${NAME}: mails`, () => accounts.stop());
      startMaintenance({
        name: NAME,
        queues,
        lifecycle,
        logger,
        removeEndedSessions: (limit) => sessionStore.removeEnded(limit),
        others: [
          () => sessionStore.removeExpiredTokens(),
          () => mfaStore.removeExpired(),
          () => keyStore.removeOld(),
          () => counters.removeExpired(),
          (limit) => accounts.removeExpired(limit),
          (limit) => auth0.removeExpired(limit),
        ],
        keyRotation,
      });
    },
  };
}

export const createSubgraph: CreateSubgraph = createAuthSubgraph;
