import {
  anyText,
  networkSettings,
  setting,
  settingsGroup,
  type Others,
  type SettingType,
  type SettingValues,
} from '@flowmesh/platform/config';
import { createAddressRules, type AddressRules } from '@flowmesh/platform/http';
import { z } from 'zod';
import { createProviderCheck, type ProviderInputs, type OwnKind } from './settings/catalog.ts';
import type { StoredSettings } from './settings/provider-settings.ts';
import type { SmtpSettingsInput } from './settings/smtp.ts';

/** A provider that is configured by environment variables. It is tried after those that administrators configure. */
export interface EnvironmentProvider extends StoredSettings {
  readonly kind: OwnKind;
}

/** Channels as configured by environment variables. */
export interface ChannelConfig {
  readonly providers: readonly EnvironmentProvider[];
  /** The operator's mail server. It may be inside the network without being listed in `ALLOW_PRIVATE_ADDRESSES`. */
  readonly mailHosts: readonly string[];
}

type SmtpServer = Omit<SmtpSettingsInput, 'from'>;

/** `smtp://user:password@host:587` encrypts when the server offers it, `smtps://` from the first byte; null for anything else. */
function smtpServer(text: string): SmtpServer | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (!/^smtps?:$/.test(url.protocol)) return null;
  try {
    return {
      host: url.hostname,
      port: url.port ? Number(url.port) : null,
      security: url.protocol === 'smtps:' ? 'TLS' : 'OPPORTUNISTIC',
      username: url.username ? decodeURIComponent(url.username) : null,
      password: url.password ? decodeURIComponent(url.password) : null,
    };
  } catch {
    // Invalid percent encoding.
    return null;
  }
}

const smtpUrl: SettingType<SmtpServer> = {
  mustBe: 'like smtp://user:password@host:587 or smtps://user:password@host',
  schema: z.string().transform((text, context) => {
    const server = smtpServer(text);
    if (server !== null) return server;
    context.issues.push({ code: 'custom', input: undefined });
    return z.NEVER;
  }),
};

const NOT_SENT = 'not used';

// Values are validated in the same way as for administrators, in `check` below.
const variables = {
  MAIL_FROM: setting(anyText('an e-mail address, e.g. Flowmesh <hello@example.com>'), {
    otherwise: 'required if a way to send e-mail is configured',
    meaning: 'Sender of e-mails, e.g. `Flowmesh <no-reply@example.org>`.',
  }),
  SMTP_URL: setting(smtpUrl, {
    otherwise:
      'if there is no other way to send e-mail, e-mails about accounts are shown in `/dev/outbox`, to requests from the same machine; in production they wait for up to a day instead',
    secret: 'credentials',
    meaning:
      'Mail server, e.g. `smtps://user:password@mail.example.org`. With `smtp://`, the connection is encrypted if the server offers it.',
  }),
  SENDGRID_API_KEY: setting(anyText('1 to 2,000 visible characters'), {
    otherwise: NOT_SENT,
    secret: 'all',
    meaning: 'API key of SendGrid, for sending e-mail.',
  }),
  SENDGRID_BASE_URL: setting(anyText('an http or https address'), {
    otherwise: 'the address of SendGrid',
    meaning: 'Address of its API; `https://api.eu.sendgrid.com` for accounts in the EU.',
  }),
  MAILGUN_API_KEY: setting(anyText('1 to 2,000 visible characters'), {
    otherwise: NOT_SENT,
    secret: 'all',
    meaning: 'API key of Mailgun, for sending e-mail.',
  }),
  MAILGUN_DOMAIN: setting(anyText('the name of a domain'), {
    otherwise: 'required with `MAILGUN_API_KEY`',
    meaning: 'Sending domain at Mailgun.',
  }),
  MAILGUN_BASE_URL: setting(anyText('an http or https address'), {
    otherwise: 'the address of Mailgun',
    meaning: 'Address of its API; `https://api.eu.mailgun.net` for domains in the EU.',
  }),
  TWILIO_ACCOUNT_SID: setting(anyText('AC and 32 hexadecimal digits'), {
    otherwise: NOT_SENT,
    meaning: 'SID of a Twilio account, for sending SMS.',
  }),
  TWILIO_AUTH_TOKEN: setting(anyText('1 to 2,000 visible characters'), {
    otherwise: 'required with `TWILIO_ACCOUNT_SID`',
    secret: 'all',
    meaning: 'Auth token of the Twilio account.',
  }),
  TWILIO_FROM: setting(
    anyText('a telephone number with its country code, 1 to 11 letters and digits, or MG and 32 hexadecimal digits'),
    {
      otherwise: 'required with `TWILIO_ACCOUNT_SID`',
      meaning:
        'Sender of SMS: a telephone number of the account, a sender name, or one of its messaging services (`MG…`).',
    },
  ),
  TWILIO_BASE_URL: setting(anyText('an http or https address'), {
    otherwise: 'the address of Twilio',
    meaning: 'Address of its API.',
  }),
  SLACK_WEBHOOK_URL: setting(anyText('an http or https address'), {
    otherwise: NOT_SENT,
    secret: 'all',
    meaning: 'Address of an incoming webhook of Slack. Notifications use it with the recipient `default`.',
  }),
  WEBHOOK_SIGNING_SECRET: setting(anyText('16 to 512 characters, or whsec_ and base64'), {
    otherwise: 'generated and kept',
    secret: 'all',
    meaning:
      'Signs webhooks to receivers without an endpoint of their own; the secret of each address is derived from it. `whsec_` and base64, or 16 to 512 characters.',
  }),
};

/** Null: not set. Undefined: set to an invalid value. */
type Values = Partial<SettingValues<typeof variables>>;

/** The variable that enables each provider. */
const SWITCHES = {
  SMTP: 'SMTP_URL',
  SENDGRID: 'SENDGRID_API_KEY',
  MAILGUN: 'MAILGUN_API_KEY',
  TWILIO: 'TWILIO_ACCOUNT_SID',
  SLACK: 'SLACK_WEBHOOK_URL',
  WEBHOOK: 'WEBHOOK_SIGNING_SECRET',
} as const satisfies Record<OwnKind, keyof typeof variables>;

/** The variable behind each provider setting, for messages. */
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

function inputsOf(kind: OwnKind, values: Values): ProviderInputs | null {
  const from = values.MAIL_FROM ?? '';
  switch (kind) {
    case 'SMTP':
      return values.SMTP_URL ? { smtp: { ...values.SMTP_URL, from } } : null;
    case 'SENDGRID':
      return { sendgrid: { apiKey: values.SENDGRID_API_KEY, baseUrl: values.SENDGRID_BASE_URL, from } };
    case 'MAILGUN': {
      const { MAILGUN_API_KEY: apiKey, MAILGUN_BASE_URL: baseUrl, MAILGUN_DOMAIN: domain } = values;
      return { mailgun: { apiKey, baseUrl, domain: domain ?? '', from } };
    }
    case 'TWILIO': {
      const sender = values.TWILIO_FROM;
      const isService = sender?.startsWith('MG') ?? false;
      return {
        twilio: {
          accountSid: values.TWILIO_ACCOUNT_SID ?? '',
          authToken: values.TWILIO_AUTH_TOKEN,
          from: isService ? null : sender,
          messagingServiceSid: isService ? sender : null,
          baseUrl: values.TWILIO_BASE_URL,
        },
      };
    }
    case 'SLACK':
      return { slack: { webhooks: [{ name: 'default', url: values.SLACK_WEBHOOK_URL }] } };
    case 'WEBHOOK':
      return { webhook: { signingSecret: values.WEBHOOK_SIGNING_SECRET } };
  }
}

const mailHosts = ({ SMTP_URL: server }: Values): readonly string[] =>
  server ? [server.host.replace(/^\[|\]$/g, '')] : [];

/** Used while the network settings are invalid themselves: they are reported separately. */
const ANYWHERE: AddressRules = { allows: () => true, problemOf: () => null, hostProblem: () => null };

function checkedProviders(values: Values, others: Others) {
  const network = others(networkSettings);
  const rules = network ? createAddressRules([...network.allowPrivateAddresses, ...mailHosts(values)]) : ANYWHERE;
  const check = createProviderCheck(rules);
  return (Object.keys(SWITCHES) as OwnKind[]).flatMap((kind) => {
    const inputs = values[SWITCHES[kind]] === null ? null : inputsOf(kind, values);
    return inputs === null ? [] : [{ kind, ...check(kind, inputs, null) }];
  });
}

/** Providers besides those that administrators configure in the graph. */
export const channelSettings = settingsGroup({
  name: 'channels',
  title: 'Channels of notifications',
  about:
    'Providers that send notifications; administrators can configure further ones in the graph, which are tried first. Each of `SMTP_URL`, `SENDGRID_API_KEY`, `MAILGUN_API_KEY`, `TWILIO_ACCOUNT_SID`, `SLACK_WEBHOOK_URL` and `WEBHOOK_SIGNING_SECRET` enables one provider.',
  settings: variables,
  check: (values, others) => [
    ...new Set(
      checkedProviders(values, others).flatMap(({ problems }) =>
        problems.map(({ path, message }) => `${SOURCES[path] ?? 'MAIL_FROM'} ${message}`),
      ),
    ),
  ],
  toConfig: (values, others): ChannelConfig => ({
    providers: checkedProviders(values, others).map(({ kind, config, secrets }) => ({ kind, config, secrets })),
    mailHosts: mailHosts(values),
  }),
});
