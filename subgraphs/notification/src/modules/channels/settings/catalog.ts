import type { AddressRules } from '@flowmesh/platform/http';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { Channel } from '../../../adapters/channel-adapter.ts';
import { INTEGRATION_TYPES } from '../../../adapters/integration/integration-settings.ts';
import {
  createMailgunCheck,
  createSendgridCheck,
  type MailgunSettingsInput,
  type SendgridSettingsInput,
} from './email-api.ts';
import type { IntegrationSettingsInput } from './integration.ts';
import type { CheckedSettings, CheckSettings, Settings, StoredSettings } from './provider-settings.ts';
import { createSlackCheck, type SlackSettingsInput } from './slack.ts';
import { createSmtpCheck, type SmtpSettingsInput } from './smtp.ts';
import { createTwilioCheck, type TwilioSettingsInput } from './twilio.ts';
import { checkWebhook, type WebhookSettingsInput } from './webhook.ts';

/** Settings of an input: one of them, named as the provider in lower case. */
export interface ProviderInputs {
  readonly smtp?: SmtpSettingsInput | null;
  readonly sendgrid?: SendgridSettingsInput | null;
  readonly mailgun?: MailgunSettingsInput | null;
  readonly twilio?: TwilioSettingsInput | null;
  readonly slack?: SlackSettingsInput | null;
  readonly webhook?: WebhookSettingsInput | null;
  readonly integration?: IntegrationSettingsInput | null;
}

/** The channel of each kind of provider that has settings of its own. */
export const PROVIDER_CHANNELS = {
  SMTP: 'EMAIL',
  SENDGRID: 'EMAIL',
  MAILGUN: 'EMAIL',
  TWILIO: 'SMS',
  SLACK: 'SLACK',
  WEBHOOK: 'WEBHOOK',
} as const satisfies Record<string, Channel>;

/** With settings of its own. */
export type OwnKind = keyof typeof PROVIDER_CHANNELS;
export type ProviderKind = OwnKind | 'INTEGRATION';

const fits = (kind: ProviderKind, channel: Channel): boolean =>
  kind === 'INTEGRATION' ? channel in INTEGRATION_TYPES : PROVIDER_CHANNELS[kind] === channel;

const FIELDS = {
  SMTP: 'smtp',
  SENDGRID: 'sendgrid',
  MAILGUN: 'mailgun',
  TWILIO: 'twilio',
  SLACK: 'slack',
  WEBHOOK: 'webhook',
  INTEGRATION: 'integration',
} as const satisfies Record<ProviderKind, keyof ProviderInputs>;

/** Which of their settings are secret. */
const SECRET_NAMES: Readonly<Record<ProviderKind, readonly string[]>> = {
  SMTP: ['password'],
  SENDGRID: ['apiKey'],
  MAILGUN: ['apiKey'],
  TWILIO: ['authToken'],
  SLACK: ['webhooks'],
  WEBHOOK: ['signingSecret', 'previousSecret', 'previousUntil'],
  INTEGRATION: [],
};

/** Takes settings apart that adapters use as a whole. */
export function splitSettings(kind: ProviderKind, settings: Settings): StoredSettings {
  const entries = Object.entries(settings);
  const isSecret = ([name]: [string, unknown]) => SECRET_NAMES[kind].includes(name);
  return {
    config: Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
    secrets: Object.fromEntries(entries.filter(isSecret)),
  };
}

export const PROVIDER_KINDS = Object.keys(FIELDS) as readonly ProviderKind[];

export type CheckProvider = (kind: OwnKind, inputs: ProviderInputs, previous: StoredSettings | null) => CheckedSettings;

/** Which kind of provider an input has settings for, or what is wrong with it. */
export function kindOf(channel: Channel, inputs: ProviderInputs): ProviderKind | InvalidField {
  const given = PROVIDER_KINDS.filter((kind) => inputs[FIELDS[kind]] != null);
  const fitting = PROVIDER_KINDS.filter((kind) => fits(kind, channel)).map((kind) => FIELDS[kind]);
  const [kind] = given;
  if (kind !== undefined && given.length === 1 && fits(kind, channel)) return kind;
  const choice = fitting.length > 0 ? `give exactly one of ${fitting.join(', ')}` : 'it has no settings';
  return { path: kind === undefined ? 'channel' : FIELDS[kind], message: `does not fit ${channel}: ${choice}` };
}

/** Checks the settings of whichever kind. */
export function createProviderCheck(rules: AddressRules): CheckProvider {
  const checks = {
    smtp: createSmtpCheck(rules),
    sendgrid: createSendgridCheck(rules),
    mailgun: createMailgunCheck(rules),
    twilio: createTwilioCheck(rules),
    slack: createSlackCheck(rules),
    webhook: checkWebhook,
  };
  return (kind, inputs, previous) => {
    const field = FIELDS[kind];
    // Each check is for the input of its own field.
    return (checks[field] as CheckSettings<unknown>)(inputs[field], previous);
  };
}
