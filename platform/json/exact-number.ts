/**
 * The digits that count, without a point and the zeros around them, and the power of ten of the last of them: 12 and -2 for
 * `-0.120`. Of zero there are none.
 */
function decimalOf(text: string): { readonly digits: string; readonly exponent: number } {
  const [mantissa = '', power = '0'] = text.replace(/^-/, '').toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const written = whole + fraction;
  // By hand: an expression for zeros at the end looks at each run of them again and again.
  let start = 0;
  let end = written.length;
  while (start < end && written[start] === '0') start += 1;
  while (end > start && written[end - 1] === '0') end -= 1;
  return { digits: written.slice(start, end), exponent: Number(power) - fraction.length + (written.length - end) };
}

/**
 * Whether a number, as JSON and GraphQL write it, is held by JavaScript without being another afterwards: a whole number,
 * however it is written, must come out with the digits it came in with, any other must be finite, and nothing but zero may
 * become zero. What a JavaScript client has written always passes, e.g. 1152921504606847000 for 2^60; 1152921504606846976
 * does not.
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
