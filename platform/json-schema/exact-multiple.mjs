/**
 * Whether a number is a whole multiple of another (above 0), as they are written in decimal: 19.99 is one of 0.01. What
 * a quotient of floating-point numbers, or a tolerance for it, says of that is wrong for some numbers of any size.
 */
export function isMultipleOf(value, of) {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(of)) return value % of === 0;
  const [a, b] = [decimal(value), decimal(of)];
  const exponent = Math.min(a.exponent, b.exponent);
  return atExponent(a, exponent) % atExponent(b, exponent) === 0n;
}

const atExponent = (number, exponent) => number.digits * 10n ** BigInt(number.exponent - exponent);

/** The fewest digits that name this number and no other, as it was written, and their power of ten. */
function decimal(number) {
  const [digits, exponent] = number.toExponential().split('e');
  const [whole, fraction = ''] = digits.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}
