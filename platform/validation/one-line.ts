/** Half a character, which no database and no protocol takes, becomes U+FFFD. */
const wholeCharacters = (text: string): string => Buffer.from(text).toString('utf8');

/** Words of somebody else on one line, fit to be stored and shown; cut after so many characters. */
export function oneLine(text: string, maxCharacters = Infinity): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return wholeCharacters(line.length > maxCharacters ? `${line.slice(0, maxCharacters)}…` : line);
}
