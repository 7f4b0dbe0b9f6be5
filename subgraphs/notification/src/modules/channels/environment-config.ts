import { ConfigError } from '@flowmesh/platform/config';
import type { AddressRules } from '@flowmesh/platform/http';
import { createProviderCheck, type ProviderInputs, type ProviderKind } from './settings/catalog.ts';
import type { StoredSettings } from './settings/provider-settings.ts';
import type { SmtpSettingsInput } from './settings/smtp.ts';

/** A provider that the environment sets up. It serves its channel after those that administrators configure. */
export interface EnvironmentProvider extends StoredSettings {
  readonly kind: ProviderKind;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of each provider; the first one switches it on. */
const VARIABLES: Readonly<Record<ProviderKind, readonly string[]>> = {
  SMTP: ['SMTP_URL', 'MAIL_FROM'],
  SENDGRID: ['SENDGRID_API_KEY', 'MAIL_FROM', 'SENDGRID_BASE_URL'],
  MAILGUN: ['MAILGUN_API_KEY', 'MAILGUN_DOMAIN', 'MAIL_FROM', 'MAILGUN_BASE_URL'],
  TWILIO: ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM', 'TWILIO_BASE_URL'],
  SLACK: ['SLACK_WEBHOOK_URL'],
  WEBHOOK: ['WEBHOOK_SIGNING_SECRET'],
};

/** Where a setting comes from, for messages. */
const SOURCES: Readonly<Record<string, string>> = {
  'smtp.host': 'SMTP_URL',
  'smtp.port': 'SMTP_URL',
  'smtp.username': 'SMTP_URL',
  'smtp.password': 'SMTP_URL',
  'sendgrid.apiKey': 'SENDGRID_API_KEY',
  'sendgrid.baseUrl': 'SENDGRID_BASE_URL',
  'mailgun.apiKey': 'MAILGUN_API_KEY',
  'mailgun.baseUrl': 'MAILGUN_BASE_URL',
  'mailgun.domain': 'MAILGUN_DOMAIN',
  'twilio.accountSid': 'TWILIO_ACCOUNT_SID',
  'twilio.authToken': 'TWILIO_AUTH_TOKEN',
  'twilio.from': 'TWILIO_FROM',
  'twilio.messagingServiceSid': 'TWILIO_FROM',
  'twilio.baseUrl': 'TWILIO_BASE_URL',
  'slack.webhooks[0].url': 'SLACK_WEBHOOK_URL',
  'webhook.signingSecret': 'WEBHOOK_SIGNING_SECRET',
};

/** `smtp://user:password@host:587` encrypts when the server offers it, `smtps://` from the first byte. */
function smtpInput(text: string, from: string): SmtpSettingsInput {
  let url: URL;
  try {
    url = new URL(text);
    if (!/^smtps?:$/.test(url.protocol)) throw new Error('another protocol');
  } catch {
    throw new ConfigError(['SMTP_URL must be like smtp://user:password@host:587 or smtps://user:password@host']);
  }
  return {
    host: url.hostname,
    port: url.port ? Number(url.port) : null,
    security: url.protocol === 'smtps:' ? 'TLS' : 'OPPORTUNISTIC',
    username: url.username ? decodeURIComponent(url.username) : null,
    password: url.password ? decodeURIComponent(url.password) : null,
    from,
  };
}

function inputsOf(kind: ProviderKind, env: Environment): ProviderInputs {
  const from = env['MAIL_FROM'] ?? '';
  switch (kind) {
    case 'SMTP':
      return { smtp: smtpInput(env['SMTP_URL'] ?? '', from) };
    case 'SENDGRID':
      return { sendgrid: { apiKey: env['SENDGRID_API_KEY'], baseUrl: env['SENDGRID_BASE_URL'], from } };
    case 'MAILGUN': {
      const { MAILGUN_API_KEY: apiKey, MAILGUN_BASE_URL: baseUrl, MAILGUN_DOMAIN: domain = '' } = env;
      return { mailgun: { apiKey, baseUrl, domain, from } };
    }
    case 'TWILIO': {
      const sender = env['TWILIO_FROM'];
      const isService = sender?.startsWith('MG') ?? false;
      return {
        twilio: {
          accountSid: env['TWILIO_ACCOUNT_SID'] ?? '',
          authToken: env['TWILIO_AUTH_TOKEN'],
          from: isService ? null : sender,
          messagingServiceSid: isService ? sender : null,
          baseUrl: env['TWILIO_BASE_URL'],
        },
      };
    }
    case 'SLACK':
      return { slack: { webhooks: [{ name: 'default', url: env['SLACK_WEBHOOK_URL'] }] } };
    case 'WEBHOOK':
      return { webhook: { signingSecret: env['WEBHOOK_SIGNING_SECRET'] } };
  }
}

/** The mail server the operator has named: it may stand inside the network without being listed as allowed. */
export function environmentMailHosts(environment: Environment = process.env): readonly string[] {
  const { SMTP_URL: url } = environment;
  return url && URL.canParse(url) ? [new URL(url).hostname.replace(/^\[|\]$/g, '')] : [];
}

/** Names of all variables that are read here. */
export const CHANNEL_VARIABLES: readonly string[] = [...new Set(Object.values(VARIABLES).flat())];

/** Reads the providers that the environment sets up. Throws `ConfigError` with all problems; it holds no secret. */
export function loadEnvironmentProviders(
  rules: AddressRules,
  environment: Environment = process.env,
): readonly EnvironmentProvider[] {
  // An empty variable is one that is not set: compose files write them that way.
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const check = createProviderCheck(rules);
  const kinds = (Object.keys(VARIABLES) as ProviderKind[]).filter(
    (kind) => env[VARIABLES[kind][0] ?? ''] !== undefined,
  );
  const checked = kinds.map((kind) => ({ kind, ...check(kind, inputsOf(kind, env), null) }));
  const problems = checked.flatMap((provider) =>
    provider.problems.map(({ path, message }) => `${SOURCES[path] ?? 'MAIL_FROM'} ${message}`),
  );
  if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return checked.map(({ kind, config, secrets }) => ({ kind, config, secrets }));
}
