import type { AddressRules } from '@flowmesh/platform/http';
import { z } from 'zod';
import { phoneNumber } from '../../../channels/sms/phone-number.ts';
import { apiAddress, keptSecret, problemsBelow, secret, type CheckSettings } from './provider-settings.ts';

export interface TwilioSettingsInput {
  readonly accountSid: string;
  readonly authToken?: string | null;
  readonly from?: string | null;
  readonly messagingServiceSid?: string | null;
  readonly baseUrl?: string | null;
}

const DEFAULT_URL = 'https://api.twilio.com';
/** Letters, digits and spaces, with a letter among them. */
const ALPHANUMERIC_SENDER = /^(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}$/;

const shape = (rules: AddressRules) =>
  z.object({
    accountSid: z.string().regex(/^AC[0-9a-f]{32}$/i, 'must be AC and 32 hexadecimal digits'),
    authToken: secret().nullish(),
    from: z
      .string()
      .refine(
        (text) => phoneNumber(text) !== null || ALPHANUMERIC_SENDER.test(text),
        'must be a telephone number with its country code, or 1 to 11 letters and digits',
      )
      .nullish(),
    messagingServiceSid: z
      .string()
      .regex(/^MG[0-9a-f]{32}$/i, 'must be MG and 32 hexadecimal digits')
      .nullish(),
    baseUrl: apiAddress(rules).nullish(),
  });

export const createTwilioCheck =
  (rules: AddressRules): CheckSettings<TwilioSettingsInput> =>
  (input, previous) => {
    const { data, error } = shape(rules).safeParse(input);
    const baseUrl = data?.baseUrl ?? DEFAULT_URL;
    const before = previous?.config ?? {};
    const moved = before['baseUrl'] !== baseUrl || before['accountSid'] !== input.accountSid;
    const token = keptSecret(input.authToken, previous?.secrets['authToken'], moved);
    const problems = [
      ...problemsBelow('twilio', error),
      ...(token.mustBeGiven
        ? [{ path: 'twilio.authToken', message: 'must be given again, because the account or the address changes' }]
        : []),
      ...(token.value === undefined && !token.mustBeGiven
        ? [{ path: 'twilio.authToken', message: 'is required' }]
        : []),
      ...((input.from == null) === (input.messagingServiceSid == null)
        ? [{ path: 'twilio.from', message: 'is required, or messagingServiceSid instead of it' }]
        : []),
    ];
    const from = input.from ?? null;
    return {
      problems,
      config: {
        baseUrl,
        accountSid: input.accountSid,
        from: from === null ? null : (phoneNumber(from) ?? from),
        messagingServiceSid: input.messagingServiceSid ?? null,
      },
      secrets: token.value === undefined ? {} : { authToken: token.value },
    };
  };
