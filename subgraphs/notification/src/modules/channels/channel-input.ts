import { line, name, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { Channel } from '../../adapters/channel-adapter.ts';
import type { ProviderInputs } from './settings/catalog.ts';

const int = (min: number, max: number) => {
  const message = `must be ${min} to ${max.toLocaleString('en')}`;
  return z.int(message).min(min, message).max(max, message);
};

export const configureShape = z.object({
  name: name({ min: 1, max: 100 })
    .refine((given) => !given.startsWith('environment-'), 'must not begin with environment-')
    .nullish(),
  position: int(0, 998).nullish(),
  isActive: z.boolean().nullish(),
  rateLimitPerMinute: int(1, 1_000_000).nullish(),
  recipientRateLimitPerMinute: int(1, 1_000_000).nullish(),
});

export type ConfigureNotificationChannelInput = z.input<typeof configureShape> &
  ProviderInputs & {
    readonly channel: Channel;
    readonly expectedVersion?: number | null;
  };

export const testShape = z.object({
  provider: line({ min: 1, max: 100 }).nullish(),
  recipient: line({ min: 1, max: 2_000 }),
  subject: line({ min: 1, max: 255 }).nullish(),
  content: text({ min: 1, max: 10_000 }).nullish(),
});

export type TestNotificationChannelInput = z.input<typeof testShape> & { readonly channel: Channel };
