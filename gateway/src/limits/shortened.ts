const MAX_CHARACTERS = 200;

/** Truncates a message that quotes the client's input. */
export function shortened(message: string): string {
  if (message.length <= MAX_CHARACTERS) return message;
  // An unpaired surrogate at the end would make the response invalid Unicode.
  return `${message.slice(0, MAX_CHARACTERS).replace(/[\ud800-\udbff]$/, '')}…`;
}
