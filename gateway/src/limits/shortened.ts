const MAX_CHARACTERS = 200;

/** A message that quotes what a client has sent, cut where it would only repeat it. */
export function shortened(message: string): string {
  if (message.length <= MAX_CHARACTERS) return message;
  // Half a character at the end would make the answer invalid Unicode.
  return `${message.slice(0, MAX_CHARACTERS).replace(/[\ud800-\udbff]$/, '')}…`;
}
