import type { AddressRules } from '@flowmesh/platform/http';
import { emailAddress } from '@flowmesh/platform/validation';
import type { CheckedRecipient } from './channel-adapter.ts';
import { phoneNumber } from './sms/phone-number.ts';

const MAX_URL = 2_000;

export function checkEmailRecipient(text: string): CheckedRecipient {
  const recipient = emailAddress(text);
  return recipient === null ? { problem: 'must be one e-mail address, e.g. ada@example.com' } : { recipient };
}

export function checkPhoneRecipient(text: string): CheckedRecipient {
  const recipient = phoneNumber(text);
  return recipient === null
    ? { problem: 'must be a telephone number with its country code, e.g. +14155552671' }
    : { recipient };
}

/** An address that may be called. */
export function checkUrlRecipient(text: string, rules: AddressRules): CheckedRecipient {
  const trimmed = text.trim();
  const problem =
    trimmed.length > MAX_URL
      ? `must have at most ${MAX_URL.toLocaleString('en')} characters`
      : rules.problemOf(trimmed);
  if (problem !== null) return { problem };
  const url = new URL(trimmed);
  // Never sent, so it is no part of the address that is called, nor of its secret.
  url.hash = '';
  return { recipient: url.toString() };
}
