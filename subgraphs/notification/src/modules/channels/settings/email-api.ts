import type { AddressRules } from '@flowmesh/platform/http';
import { keptSecret } from '@flowmesh/platform/secrets';
import { z } from 'zod';
import { apiAddress, problemsBelow, secret, type CheckSettings } from './provider-settings.ts';
import { sender } from './sender.ts';

export interface SendgridSettingsInput {
  readonly apiKey?: string | null;
  readonly baseUrl?: string | null;
  readonly from: string;
  readonly replyTo?: string | null;
}

export interface MailgunSettingsInput extends SendgridSettingsInput {
  readonly domain: string;
}

const domain = z
  .string()
  .max(253, 'must have at most 253 characters')
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i, 'must be a domain, e.g. mg.example.com');

/** Providers of e-mail with an API and one key. */
function createCheck<Input extends SendgridSettingsInput>(
  field: string,
  rules: AddressRules,
  defaultUrl: string,
  further: { readonly shape: z.ZodRawShape; readonly config: (input: Input) => Record<string, unknown> },
): CheckSettings<Input> {
  const shape = z.object({ apiKey: secret().nullish(), baseUrl: apiAddress(rules).nullish(), ...sender });
  const furtherShape = z.object(further.shape);
  return (input, previous) => {
    const { data, error } = shape.safeParse(input);
    const more = furtherShape.safeParse(input);
    const baseUrl = data?.baseUrl ?? defaultUrl;
    const key = keptSecret({
      given: input.apiKey,
      before: previous?.secrets['apiKey'],
      from: previous && [String(previous.config['baseUrl'])],
      to: [baseUrl],
    });
    const message = key.problem ?? (key.value === undefined ? 'is required' : null);
    const keyProblem = message === null ? [] : [{ path: `${field}.apiKey`, message }];
    return {
      problems: [...problemsBelow(field, error), ...problemsBelow(field, more.error), ...keyProblem],
      config: { baseUrl, ...further.config(input), from: input.from, replyTo: input.replyTo ?? null },
      secrets: key.value === undefined ? {} : { apiKey: key.value },
    };
  };
}

export const createSendgridCheck = (rules: AddressRules): CheckSettings<SendgridSettingsInput> =>
  createCheck('sendgrid', rules, 'https://api.sendgrid.com', { shape: {}, config: () => ({}) });

export const createMailgunCheck = (rules: AddressRules): CheckSettings<MailgunSettingsInput> =>
  createCheck('mailgun', rules, 'https://api.mailgun.net', {
    shape: { domain },
    config: (input) => ({ domain: input.domain }),
  });
