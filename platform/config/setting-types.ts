import { isIP } from 'node:net';
import { z } from 'zod';

/** What the values of a setting are. */
export interface SettingType<T> {
  /** Continues "must be …", for messages and documents. */
  readonly mustBe: string;
  /** From the text in the environment, which is not empty. Only whether it fits counts, not its messages. */
  readonly schema: z.ZodType<T>;
}

/** Texts that fit a pattern. */
export const matching = (pattern: RegExp, mustBe: string): SettingType<string> => ({
  mustBe,
  schema: z.string().regex(pattern),
});

/** Any text. */
export const anyText = (mustBe: string): SettingType<string> => ({ mustBe, schema: z.string() });

/** Whole numbers, both ends included. */
export const wholeNumber = (min: number, max = Number.MAX_SAFE_INTEGER): SettingType<number> => ({
  mustBe: `a whole number from ${numeral(min)}${max === Number.MAX_SAFE_INTEGER ? '' : ` to ${numeral(max)}`}`,
  schema: z.coerce.number().int().min(min).max(max),
});

/** Numbers, both ends included. */
export const numberBetween = (min: number, max: number): SettingType<number> => ({
  mustBe: `a number from ${numeral(min)} to ${numeral(max)}`,
  schema: z.coerce.number().min(min).max(max),
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

/** A server of PostgreSQL, with a database. */
export const databaseAddress = matching(
  /^postgres(ql)?:\/\//,
  'an address that begins with postgres:// or postgresql://',
);

export const httpAddress = matching(/^https?:\/\//, 'an address that begins with http:// or https://');

/** An address of a network, or a range of them (CIDR). Ranges of everything are none. */
export function isAddressRange(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/');
  const longest = { 4: 32, 6: 128 }[isIP(address)];
  if (longest === undefined || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= longest);
}
