/**
 * The significant digits, without decimal point and surrounding zeros, and the exponent of the last one: 12 and -2 for
 * `-0.120`. Zero has no digits.
 */
function decimalOf(text: string): { readonly digits: string; readonly exponent: number } {
  const [mantissa = '', power = '0'] = text.replace(/^-/, '').toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const written = whole + fraction;
  // A loop, because a regular expression for trailing zeros takes quadratic time.
  let start = 0;
  let end = written.length;
  while (start < end && written[start] === '0') start += 1;
  while (end > start && written[end - 1] === '0') end -= 1;
  return { digits: written.slice(start, end), exponent: Number(power) - fraction.length + (written.length - end) };
}

/**
 * Whether JavaScript can represent a number in JSON or GraphQL notation without changing it: an integer must keep all its
 * digits, any other number must be finite, and only zero may become zero. Numbers written by JavaScript always pass, e.g.
 * 1152921504606847000 for 2^60; 1152921504606846976 does not.
 */
export function isKeptExactly(text: string): boolean {
  const value = Number(text);
  if (!Number.isFinite(value)) return false;
  if (Number.isSafeInteger(value) && /^-?\d+$/.test(text)) return true;
  const given = decimalOf(text);
  if (value === 0) return given.digits === '';
  if (given.exponent < 0) return true;
  // As JavaScript writes it: the fewest digits that name this number and no other.
  const kept = decimalOf(value.toExponential());
  return kept.digits === given.digits && kept.exponent === given.exponent;
}

/** A number for a message, cut when it is long. */
export const shownNumber = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** What is wrong with a number that is not kept exactly. */
export const inexactNumber = (text: string) =>
  `the number ${shownNumber(text)} cannot be kept exactly; send it as a string`;
