/**
 * Whether a number, as JSON and GraphQL write it, is held by JavaScript without being another afterwards: a whole
 * number must come out with the digits it came in with, any other must be finite. What a JavaScript client has written
 * always passes, e.g. 1152921504606847000 for 2^60; 1152921504606846976 does not.
 */
export function isKeptExactly(text: string): boolean {
  const value = Number(text);
  if (!Number.isFinite(value)) return false;
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(text)) return true;
  const digits = text.startsWith('-') ? text.slice(1) : text;
  // As JavaScript writes it: the fewest digits that name this number and no other.
  const [kept = '', exponent] = Math.abs(value).toExponential().split('e+');
  const significant = kept.replace('.', '');
  return digits === significant.padEnd(Number(exponent) + 1, '0');
}

/** A number for a message, cut when it is long. */
export const shownNumber = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** What is wrong with a number that is not kept exactly. */
export const inexactNumber = (text: string) =>
  `the number ${shownNumber(text)} cannot be kept exactly; send it as a string`;
