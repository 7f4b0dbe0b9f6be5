/** A unit that is at least so long, and not common, may be repeated: it would be a password by itself. */
const UNIT_LENGTH = 8;

/** Whether the password is a few characters over and over (`abcabcabc…`), also when the last time is not whole. */
export function isRepetition(password: string, isCommon: (unit: string) => boolean): boolean {
  const characters = [...password.toLowerCase()];
  const unit = characters.slice(0, periodOf(characters));
  if (characters.length < 2 || unit.length * 2 > characters.length) return false;
  return unit.length < UNIT_LENGTH || isCommon(unit.join(''));
}

/** Whether each character is the next one, or each the one before, in its alphabet (`abcdef…`, `987654321098…`). */
export function isRun(password: string): boolean {
  const codes = [...password.toLowerCase()].map((character) => character.codePointAt(0) ?? 0);
  return (
    codes.length > 2 &&
    [1, -1].some((step) => codes.every((code, at) => at === 0 || isNext(codes[at - 1] ?? 0, code, step)))
  );
}

const ZERO = 48;

/** Behind 9 comes 0. */
function isNext(before: number, code: number, step: number): boolean {
  const areDigits = [before, code].every((digit) => digit >= ZERO && digit <= ZERO + 9);
  return code === before + step || (areDigits && (before - ZERO + step + 10) % 10 === code - ZERO);
}

/** The least number of characters after which they come again; all when they do not (Knuth, Morris and Pratt). */
function periodOf(characters: readonly string[]): number {
  const border = [0];
  for (let at = 1, length = 0; at < characters.length; at += 1) {
    while (length > 0 && characters[at] !== characters[length]) length = border[length - 1] ?? 0;
    if (characters[at] === characters[length]) length += 1;
    border.push(length);
  }
  return characters.length - (border.at(-1) ?? 0);
}
