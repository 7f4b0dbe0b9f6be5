import { twilioCode } from './twilio-failure.ts';

/** What Twilio says about a message, as far as it changes anything. */
export type SmsReport =
  | { readonly status: 'DELIVERED' }
  | {
      readonly status: 'FAILED';
      readonly code: string;
      readonly message: string;
      readonly disablesRecipient: boolean;
    };

/** Reports of the way (`queued`, `sending`, `sent` …) change nothing: the message counts as sent since it was taken. */
export function smsReport(fields: Readonly<Record<string, string>>): SmsReport | null {
  const status = fields['MessageStatus'] ?? fields['SmsStatus'];
  if (status === 'delivered' || status === 'read') return { status: 'DELIVERED' };
  if (status !== 'undelivered' && status !== 'failed') return null;
  const number = /^\d{1,6}$/.test(fields['ErrorCode'] ?? '') ? Number(fields['ErrorCode']) : null;
  const known = twilioCode(number);
  return {
    status: 'FAILED',
    code: known?.code ?? 'UNDELIVERED',
    message: `Twilio reported ${status}${number === null ? '' : ` (${number})`}`,
    disablesRecipient: known?.disablesRecipient ?? false,
  };
}

/** Whether the report is from Twilio: it signs the whole address and every field with the account's token. */
export async function isSignedByTwilio(
  authToken: string,
  signature: string | undefined,
  url: string,
  fields: Readonly<Record<string, string>>,
): Promise<boolean> {
  if (signature === undefined) return false;
  const { default: twilio } = await import('twilio');
  return twilio.validateRequest(authToken, signature, url, fields);
}
