import type { AddressRules } from '@flowmesh/platform/http';
import { formatPath, type InvalidField } from '@flowmesh/platform/validation';
import { z } from 'zod';

export type Settings = Readonly<Record<string, unknown>>;

/** What is stored of a provider. */
export interface StoredSettings {
  /** Shown in the graph. */
  readonly config: Settings;
  /** Kept encrypted; never shown. */
  readonly secrets: Settings;
}

export interface CheckedSettings extends StoredSettings {
  /** Empty when the provider can be used. Paths are below `input`. */
  readonly problems: readonly InvalidField[];
}

/** Checks the settings of one kind of provider and takes secrets apart; those left out stay as in `previous`. */
export type CheckSettings<Input> = (input: Input, previous: StoredSettings | null) => CheckedSettings;

/** A key, token or password: visible characters only, so that it fits into any header. */
export const secret = () => z.string().regex(/^[\x21-\x7e]{1,2000}$/, 'must be 1 to 2,000 visible characters');

export function problemsBelow(field: string, error: z.ZodError | undefined): InvalidField[] {
  return (error?.issues ?? []).map(({ path, message }) => ({ path: formatPath([field, ...path]), message }));
}

/** The address of a provider's API without the slash at its end. */
export const apiAddress = (rules: AddressRules) =>
  z
    .string()
    .max(500, 'must have at most 500 characters')
    .check((context) => {
      const message = rules.problemOf(context.value);
      if (message) context.issues.push({ code: 'custom', input: undefined, message });
    })
    .transform((url) => url.replace(/\/+$/, ''));
