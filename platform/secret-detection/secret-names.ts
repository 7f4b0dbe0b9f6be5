import { SECRET_NAMES } from '../logging/index.ts';

/** What ends in `token` without being one that opens anything: pages of lists, signs of language models. */
const HARMLESS_TOKEN = 'next|page|continuation|sync|stop|eos|bos|pad|unk|mask|sep|cls';
const LONGEST_NAME = 64;
/** How an absolute path begins: `pwd` is a password, or where a program works. */
const PATH_BEGIN = String.raw`(?:~|[A-Za-z]:)?[\\/]`;

const words = SECRET_NAMES.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
const pattern = (separator: string, pwd: string) =>
  words
    .map((name) =>
      name
        .replaceAll('_', separator)
        .replace(/^token$/, `(?<!(?:${HARMLESS_TOKEN})${separator})token`)
        .replace(/^pwd$/, pwd),
    )
    .join('|');
const NAME = new RegExp(`(?:${pattern('', 'pwd')})s?$`);
const PWD = /pwds?$/;
const IS_PATH = new RegExp(`^${PATH_BEGIN}`);
const TOKENS = /tokens$/;
/** Lists of `tokens` are words far more often than secrets: those of services are long, without spaces, of letters and digits. */
const OPAQUE = /^(?=.*\d)(?=.*[a-z])[\w.~+/=-]{20,}$/i;
/** Under such a name, objects have secrets by what they are for. */
const COLLECTION = /(?:secret|password|passwd|pwd|passphrase|credential|token|apikey)s$/;
/** What such an object says besides the secrets. */
const ABOUT =
  /^(?:.*(?:name|id|type|kind|url|uri|path|file|at|date|version)|key|description|label|title|user|owner|email|host|model|provider|service|status|scopes?|role|alg(?:orithm)?)$/;

/** The names as they stand in a text, for a regular expression that ignores case: `api[_-]?key|…` */
export const NAMES_IN_TEXT = pattern('[_-]?', String.raw`pwd(?!["']?\s{0,3}(?:=>|[:=])\s{0,3}["']?${PATH_BEGIN})`);

/**
 * Whether a text of this name should be secret: the name ends in one of `SECRET_NAMES`, in any spelling, or in its
 * plural, and the text may be one.
 */
export function isSecretField(name: string, text: string): boolean {
  if (name === '') return false;
  const letters = lettersOf(name);
  if (!NAME.test(letters)) return false;
  if (TOKENS.test(letters)) return OPAQUE.test(text);
  return !PWD.test(letters) || !IS_PATH.test(text);
}

/** What an object under `collection` calls a text under `key`: the collection's name, as in `secrets: { db: … }`, or its own. */
export function nameWithin(collection: string, key: string): string {
  if (!COLLECTION.test(lettersOf(collection))) return key;
  const letters = lettersOf(key);
  return NAME.test(letters) || ABOUT.test(letters) ? key : collection;
}

const lettersOf = (name: string): string =>
  name
    .slice(-LONGEST_NAME)
    .replace(/[^A-Za-z0-9]/g, '')
    .toLowerCase();
