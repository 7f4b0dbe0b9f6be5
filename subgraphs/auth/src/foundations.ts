import type { AuthConfig } from './auth-config.ts';
import type { AuthDomain } from './domain.ts';
import { createMailCarrier, createMailDelivery, type MailDelivery } from './mails/index.ts';
import { AccountAlerts } from './modules/account-alerts/account-alerts.ts';
import { AccountMails } from './modules/accounts/account-mails.ts';
import { AuditService } from './modules/audit/audit-service.ts';
import { AuditStore } from './modules/audit/audit-store.ts';
import { auditWorkflowDecisions } from './modules/audit/workflow-decisions.ts';
import { createPasswordDigest } from './passwords/password-digest.ts';
import { PasswordHasher } from './passwords/password-hasher.ts';
import { PasswordPolicy } from './passwords/password-policy.ts';
import { createThrottle } from './throttling/audited-throttle.ts';
import { DeviceTokens } from './throttling/device-tokens.ts';
import type { Throttle } from './throttling/throttle.ts';
import { openCounters } from './throttling/throttle-counters.ts';

/** Parts that the modules of auth share: passwords, mails, the audit log, and rate limits of attempts. */
export interface Foundations {
  readonly passwords: PasswordHasher;
  readonly policy: PasswordPolicy;
  readonly mailDelivery: MailDelivery;
  readonly mails: AccountMails;
  readonly audit: AuditService;
  readonly alerts: AccountAlerts;
  readonly throttle: Throttle;
  readonly devices: DeviceTokens;
  /** After a commit that added mails. */
  readonly onMails: () => void;
  /** After a commit that appended events. */
  readonly onEvents: () => void;
  /** Removes attempts whose window ended an hour ago or earlier. */
  readonly removeExpired: () => Promise<void>;
}

export function createFoundations(domain: AuthDomain, config: AuthConfig): Foundations {
  const { pool, logger, services, published } = domain;
  const { publicUrl, environment, redisUrl, databasePrefix: prefix } = domain.config;
  const { keyRing, box } = domain.secrets;
  const mailDelivery = createMailDelivery({
    carrier: createMailCarrier(services),
    production: environment === 'production',
    publicUrl,
    pool,
    secrets: box,
    logger,
  });
  const mails = new AccountMails(publicUrl);
  const counters = openCounters({ pool, redisUrl, prefix, limits: config.throttle, logger });
  const auditStore = new AuditStore(pool);
  const audit = new AuditService(auditStore);
  auditWorkflowDecisions(domain, auditStore);
  const alerts = new AccountAlerts({ pool, mailer: mailDelivery, mails, logger });
  domain.always('throttle', counters);
  domain.onStop('alerts', () => alerts.stop());
  return {
    passwords: new PasswordHasher(keyRing.all.map(createPasswordDigest), { rounds: config.passwordRounds }),
    policy: new PasswordPolicy(config.passwordLengths),
    mailDelivery,
    mails,
    audit,
    alerts,
    throttle: createThrottle(counters, audit, alerts),
    devices: new DeviceTokens(box),
    onMails: () => mailDelivery.poke(),
    onEvents: published,
    removeExpired: () => counters.removeExpired(),
  };
}
