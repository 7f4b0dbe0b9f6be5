import { isIP } from 'node:net';
import { z } from 'zod';

/** What the values of a setting are. */
export interface SettingType<T> {
  /** Continues "must be …", for messages and documents. */
  readonly mustBe: string;
  /** From the text in the environment, which is not empty. Only whether it fits counts, not its messages. */
  readonly schema: z.ZodType<T>;
  /** What else is wrong with a text that fits; continues "must …". It does not repeat the text. */
  readonly objection?: (text: string) => string | null;
}

/** Texts that fit a pattern. */
export const matching = (pattern: RegExp, mustBe: string): SettingType<string> => ({
  mustBe,
  schema: z.string().regex(pattern),
});

/** Any text. */
export const anyText = (mustBe: string): SettingType<string> => ({ mustBe, schema: z.string() });

/** Digits alone: `Number` would take 1e3, 0x10 and white space too. */
const WHOLE = /^-?\d{1,16}$/;
const DECIMAL = /^-?(\d{1,16}(\.\d+)?|\.\d+)$/;

/** Whole numbers, both ends included. */
export const wholeNumber = (min: number, max = Number.MAX_SAFE_INTEGER): SettingType<number> => ({
  mustBe: `a whole number from ${numeral(min)}${max === Number.MAX_SAFE_INTEGER ? '' : ` to ${numeral(max)}`}`,
  schema: z.string().regex(WHOLE).transform(Number).pipe(z.int().min(min).max(max)),
});

/** Numbers, both ends included. */
export const numberBetween = (min: number, max: number): SettingType<number> => ({
  mustBe: `a number from ${numeral(min)} to ${numeral(max)}`,
  schema: z.string().regex(DECIMAL).transform(Number).pipe(z.number().min(min).max(max)),
});

const numeral = (value: number): string => value.toLocaleString('en');

export const oneOf = <const T extends string>(...values: readonly T[]): SettingType<T> => ({
  mustBe: `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`,
  schema: z.enum(values),
});

export const onOff: SettingType<boolean> = {
  mustBe: 'on or off',
  schema: z.enum(['on', 'off']).transform((value) => value === 'on'),
};

/** Entries with commas between, white space around them left out. */
export const listOf = (
  fits: (entry: string) => boolean,
  mustBe: string,
  { max = Infinity, lowerCase = false }: { readonly max?: number; readonly lowerCase?: boolean } = {},
): SettingType<readonly string[]> => ({
  mustBe,
  schema: z
    .string()
    .transform((text) => (lowerCase ? text.toLowerCase() : text).split(',').map((entry) => entry.trim()))
    .transform((entries) => entries.filter(Boolean))
    .refine((entries) => entries.length <= max && entries.every(fits)),
});

/** Addresses of servers: readable, and with a port that there is. */
const addressOf = (pattern: RegExp, mustBe: string): SettingType<string> => ({
  ...matching(pattern, mustBe),
  objection: (text) => {
    const port = /^[^/]*\/\/(?:[^/?#]*@)?(?:\[[^\]]*\]|[^/?#:@]*):([^/?#@]*)(?:[/?#][^@]*)?$/.exec(text)?.[1];
    if (port && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
      return 'have a port from 1 to 65,535';
    }
    return URL.canParse(text) ? null : 'be a valid address; encode special characters of a password, e.g. / as %2F';
  },
});

/** A server of PostgreSQL, with a database. */
export const databaseAddress = addressOf(
  /^postgres(ql)?:\/\//,
  'an address that begins with postgres:// or postgresql://',
);

export const redisAddress = addressOf(/^rediss?:\/\//, 'an address that begins with redis:// or rediss://');

export const httpAddress = addressOf(/^https?:\/\//, 'an address that begins with http:// or https://');

/** An address of a network, or a range of them (CIDR). Ranges of everything are none. */
export function isAddressRange(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/');
  const longest = { 4: 32, 6: 128 }[isIP(address)];
  if (longest === undefined || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= longest);
}
