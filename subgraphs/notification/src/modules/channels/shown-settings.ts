import type { ProviderRecord } from './channel-record.ts';
import { PROVIDER_KINDS, splitSettings, type ProviderKind } from './settings/catalog.ts';
import type { SmtpSecurity } from './settings/smtp.ts';

interface Sender {
  readonly from: string;
  readonly replyTo: string | null;
}

/** Settings as the graph shows them: without any secret. */
export type ShownSettings =
  | ({
      readonly __typename: 'SmtpSettings';
      readonly host: string;
      readonly port: number;
      readonly security: SmtpSecurity;
      readonly username: string | null;
      readonly passwordSet: boolean;
    } & Sender)
  | ({ readonly __typename: 'SendgridSettings'; readonly baseUrl: string; readonly apiKeySet: boolean } & Sender)
  | ({
      readonly __typename: 'MailgunSettings';
      readonly baseUrl: string;
      readonly domain: string;
      readonly apiKeySet: boolean;
    } & Sender)
  | {
      readonly __typename: 'TwilioSettings';
      readonly baseUrl: string;
      readonly accountSid: string;
      readonly authTokenSet: boolean;
      readonly from: string | null;
      readonly messagingServiceSid: string | null;
    }
  | { readonly __typename: 'SlackSettings'; readonly webhookNames: string[] }
  | {
      readonly __typename: 'IntegrationProviderSettings';
      readonly integrationId: string;
      readonly operation: string;
      readonly recipients: string[];
    }
  | { readonly __typename: 'WebhookSettings'; readonly signingSecretSet: boolean; readonly rotatingUntil: Date | null };

/** Stored settings have exactly the fields that the checks in settings/ have written. */
type Stored<Name extends ShownSettings['__typename']> = Extract<ShownSettings, { __typename: Name }>;

/** Null for the inbox, which has none. */
export function shownSettings({ provider, settings }: ProviderRecord): ShownSettings | null {
  const kind = PROVIDER_KINDS.find((known) => known === provider);
  if (kind === undefined || settings === null) return null;
  const { config, secrets } = splitSettings(kind, settings);
  return { ...config, ...setFlags(kind, secrets) } as ShownSettings;
}

/** The integration that a provider sends through, as a reference; null when it has settings of its own. */
export const integrationOf = (provider: Pick<ProviderRecord, 'integrationId'> | undefined) =>
  provider?.integrationId == null ? null : { __typename: 'Integration' as const, id: provider.integrationId };

function setFlags(kind: ProviderKind, secrets: Readonly<Record<string, unknown>>) {
  const isSet = (name: string) => secrets[name] !== undefined;
  switch (kind) {
    case 'SMTP':
      return { __typename: 'SmtpSettings', passwordSet: isSet('password') } satisfies Partial<Stored<'SmtpSettings'>>;
    case 'SENDGRID':
      return { __typename: 'SendgridSettings', apiKeySet: isSet('apiKey') } satisfies Partial<
        Stored<'SendgridSettings'>
      >;
    case 'MAILGUN':
      return { __typename: 'MailgunSettings', apiKeySet: isSet('apiKey') } satisfies Partial<Stored<'MailgunSettings'>>;
    case 'TWILIO':
      return { __typename: 'TwilioSettings', authTokenSet: isSet('authToken') } satisfies Partial<
        Stored<'TwilioSettings'>
      >;
    case 'SLACK':
      return { __typename: 'SlackSettings', webhookNames: Object.keys(secrets['webhooks'] ?? {}) } satisfies Partial<
        Stored<'SlackSettings'>
      >;
    case 'INTEGRATION':
      return { __typename: 'IntegrationProviderSettings' } satisfies Partial<Stored<'IntegrationProviderSettings'>>;
    case 'WEBHOOK': {
      const until = typeof secrets['previousUntil'] === 'string' ? new Date(secrets['previousUntil']) : null;
      return {
        __typename: 'WebhookSettings',
        signingSecretSet: isSet('signingSecret'),
        rotatingUntil: until && until > new Date() ? until : null,
      } satisfies Stored<'WebhookSettings'>;
    }
  }
}
