import type { AddressRules } from '@flowmesh/platform/http';
import { keptSecret } from '@flowmesh/platform/secrets';
import { z } from 'zod';
import { phoneNumber } from '../../../adapters/sms/phone-number.ts';
import { apiAddress, problemsBelow, secret, type CheckSettings } from './provider-settings.ts';

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
    const token = keptSecret({
      given: input.authToken,
      before: previous?.secrets['authToken'],
      from: previous && [String(previous.config['baseUrl']), String(previous.config['accountSid'])],
      to: [baseUrl, input.accountSid],
    });
    const tokenProblem = token.problem ?? (token.value === undefined ? 'is required' : null);
    const problems = [
      ...problemsBelow('twilio', error),
      ...(tokenProblem === null ? [] : [{ path: 'twilio.authToken', message: tokenProblem }]),
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
