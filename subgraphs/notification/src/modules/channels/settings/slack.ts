import type { AddressRules } from '@flowmesh/platform/http';
import type { InvalidField } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { problemsBelow, type CheckSettings } from './provider-settings.ts';

export interface SlackSettingsInput {
  readonly webhooks: readonly { readonly name: string; readonly url?: string | null }[];
}

const MAX_WEBHOOKS = 100;

const shape = z.object({
  webhooks: z
    .array(
      z.object({
        name: z.string().regex(/^[#@]?[\w.-]{1,80}$/, 'must be one word of at most 80 characters, e.g. #alerts'),
        url: z.string().max(2_000, 'must have at most 2,000 characters').nullish(),
      }),
    )
    .max(MAX_WEBHOOKS, `must be at most ${MAX_WEBHOOKS}`),
});

/** Addresses of incoming webhooks hold their own secret, so that only their names are shown. */
export const createSlackCheck =
  (rules: AddressRules): CheckSettings<SlackSettingsInput> =>
  (input, previous) => {
    const { error } = shape.safeParse(input);
    const known = (previous?.secrets['webhooks'] ?? {}) as Readonly<Record<string, string>>;
    const urls = new Map<string, string>();
    const problems = input.webhooks.flatMap(({ name, url }, index): InvalidField[] => {
      const path = `slack.webhooks[${index}]`;
      if (urls.has(name)) return [{ path: `${path}.name`, message: 'is given twice' }];
      const kept = url ?? (Object.hasOwn(known, name) ? known[name] : undefined);
      if (kept === undefined) return [{ path: `${path}.url`, message: 'is required for a new name' }];
      urls.set(name, kept);
      const message = rules.problemOf(kept);
      return message ? [{ path: `${path}.url`, message }] : [];
    });
    return {
      problems: [...problemsBelow('slack', error), ...problems],
      config: { names: [...urls.keys()] },
      secrets: { webhooks: Object.fromEntries(urls) },
    };
  };
