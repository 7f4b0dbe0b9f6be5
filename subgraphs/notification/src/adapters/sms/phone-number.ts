import { parsePhoneNumberFromString } from 'libphonenumber-js';

/**
 * The number in E.164 (`+14155550123`); null when no country has such numbers. Spaces, dots, hyphens and brackets may
 * separate its parts; the country code is required, so that nobody is called in the wrong country. Checked is the
 * length, not the range: ranges open faster than libraries learn of them.
 */
export function phoneNumber(text: string): string | null {
  const trimmed = text.trim();
  if (!/^\+[\d\s().-]{6,30}$/.test(trimmed)) return null;
  const parsed = parsePhoneNumberFromString(trimmed, { extract: false });
  return parsed?.isPossible() ? parsed.number : null;
}
