import { SECRET_NAMES } from '../logging/index.ts';

/** What ends in `token` without being one that opens anything: pages of lists, signs of language models. */
const HARMLESS_TOKEN = 'next|page|continuation|sync|stop|eos|bos|pad|unk|mask|sep|cls';
const LONGEST_NAME = 64;

const words = SECRET_NAMES.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
const pattern = (separator: string) =>
  words
    .map((name) => name.replaceAll('_', separator).replace(/^token$/, `(?<!(?:${HARMLESS_TOKEN})${separator})token`))
    .join('|');
const NAME = new RegExp(`(?:${pattern('')})$`);

/** The names as they stand in a text, for a regular expression that ignores case: `api[_-]?key|…` */
export const NAMES_IN_TEXT = pattern('[_-]?');

/** Whether what has this name should be secret: it ends in one of `SECRET_NAMES`, in any spelling, or in its plural. */
export function isSecretName(name: string): boolean {
  const letters = name
    .slice(-LONGEST_NAME)
    .replace(/[^A-Za-z0-9]/g, '')
    .toLowerCase();
  // Lists of `tokens` are words far more often than secrets.
  return NAME.test(letters.replace(/(?<!token)s$/, '')) || NAME.test(letters);
}
