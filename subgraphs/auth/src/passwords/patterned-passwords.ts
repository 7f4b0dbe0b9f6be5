/** A unit of at least this length that is not common may be repeated: it would be a password by itself. */
const UNIT_LENGTH = 8;

/** Whether the password repeats a few characters (`abcabcabc…`); the last repetition may be incomplete. */
export function isRepetition(password: string, isCommon: (unit: string) => boolean): boolean {
  const characters = [...password.toLowerCase()];
  const unit = characters.slice(0, periodOf(characters));
  if (characters.length < 2 || unit.length * 2 > characters.length) return false;
  return unit.length < UNIT_LENGTH || isCommon(unit.join(''));
}

/** Whether the characters are a sequence, forwards or backwards, in their alphabet (`abcdef…`, `987654321098…`). */
export function isRun(password: string): boolean {
  const codes = [...password.toLowerCase()].map((character) => character.codePointAt(0) ?? 0);
  return (
    codes.length > 2 &&
    [1, -1].some((step) => codes.every((code, at) => at === 0 || isNext(codes[at - 1] ?? 0, code, step)))
  );
}

const ZERO = 48;

/** 0 follows 9. */
function isNext(before: number, code: number, step: number): boolean {
  const areDigits = [before, code].every((digit) => digit >= ZERO && digit <= ZERO + 9);
  return code === before + step || (areDigits && (before - ZERO + step + 10) % 10 === code - ZERO);
}

/** The shortest period of the text; its whole length if it has none (Knuth, Morris and Pratt). */
function periodOf(characters: readonly string[]): number {
  const border = [0];
  for (let at = 1, length = 0; at < characters.length; at += 1) {
    while (length > 0 && characters[at] !== characters[length]) length = border[length - 1] ?? 0;
    if (characters[at] === characters[length]) length += 1;
    border.push(length);
  }
  return characters.length - (border.at(-1) ?? 0);
}
