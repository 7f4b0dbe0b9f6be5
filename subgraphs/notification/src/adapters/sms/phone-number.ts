import { parsePhoneNumberFromString } from 'libphonenumber-js';

/**
 * The number in E.164 (`+14155550123`); null when no country has such numbers. Spaces, dots, hyphens and brackets may
 * separate its parts. The country code is required, so that no number of a wrong country is called. Only the length is
 * checked, not the number range, because new ranges are opened before libraries know them.
 */
export function phoneNumber(text: string): string | null {
  const trimmed = text.trim();
  if (!/^\+[\d\s().-]{6,30}$/.test(trimmed)) return null;
  const parsed = parsePhoneNumberFromString(trimmed, { extract: false });
  return parsed?.isPossible() ? parsed.number : null;
}
