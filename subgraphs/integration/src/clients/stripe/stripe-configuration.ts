import type { InvalidField } from '@flowmesh/platform/validation';
import { z } from 'zod';

export const stripeConfiguration = z.strictObject({
  mode: z
    .enum(['TEST', 'LIVE'])
    .default('TEST')
    .describe('Of the key. In LIVE money moves; a key of the other mode is refused'),
  account: z
    .string()
    .regex(/^acct_[A-Za-z0-9]{1,100}$/, 'must be the id of an account: acct_…')
    .optional()
    .describe('Connected account for which calls are made'),
  apiVersion: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d(\.[a-z]{1,30})?$/, 'must be a version of the API, e.g. 2026-08-26.basil')
    .optional()
    .describe('By default that of the library'),
  baseUrl: z.string().max(2_000).default('https://api.stripe.com'),
});

export type StripeConfiguration = z.output<typeof stripeConfiguration>;

/** Secret and restricted keys name their mode. */
export function keyProblems({ mode }: StripeConfiguration, { apiKey = '' }: Readonly<Record<string, string>>) {
  const of = /^(?:sk|rk)_(test|live)_[A-Za-z0-9_]+$/.exec(apiKey)?.[1]?.toUpperCase();
  const told = (message: string): InvalidField[] => [{ path: 'apiKey', message }];
  if (of === undefined) return told('must be a secret or restricted key: sk_test_…, rk_test_…, sk_live_… or rk_live_…');
  return of === mode ? [] : told(`is a key of mode ${of}, and the configuration says ${mode}`);
}
