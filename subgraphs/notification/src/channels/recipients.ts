import type { AddressRules } from '@flowmesh/platform/http';
import type { Channel } from './channel-adapter.ts';
import { emailAddress } from './email/email-address.ts';
import { phoneNumber } from './sms/phone-number.ts';

/** The recipient in its one spelling, or what would be right instead. */
export type CheckedRecipient = { readonly recipient: string } | { readonly problem: string };

const MAX_URL = 2_000;
const WEBHOOK_NAME = /^[#@]?[\w.-]{1,80}$/;

function url(text: string, rules: AddressRules): CheckedRecipient {
  const trimmed = text.trim();
  const problem =
    trimmed.length > MAX_URL
      ? `must have at most ${MAX_URL.toLocaleString('en')} characters`
      : rules.problemOf(trimmed);
  return problem === null ? { recipient: new URL(trimmed).toString() } : { problem };
}

/** Checks whom a notification is for, as its channel needs it. */
export function checkRecipient(channel: Channel, text: string, rules: AddressRules): CheckedRecipient {
  switch (channel) {
    case 'EMAIL': {
      const recipient = emailAddress(text);
      return recipient === null ? { problem: 'must be one e-mail address, e.g. ada@example.com' } : { recipient };
    }
    case 'SMS': {
      const recipient = phoneNumber(text);
      return recipient === null
        ? { problem: 'must be a telephone number with its country code, e.g. +14155552671' }
        : { recipient };
    }
    case 'SLACK':
      return WEBHOOK_NAME.test(text.trim()) ? { recipient: text.trim() } : url(text, rules);
    case 'WEBHOOK':
      return url(text, rules);
    case 'IN_APP':
      return { recipient: text };
  }
}
