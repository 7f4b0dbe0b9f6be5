import { DOMAIN_NAMES } from '@flowmesh/platform/domains';
import { z } from 'zod';

/** What the types of the product's own events begin with: receivers must be able to rely on who sent those. */
const RESERVED = new RegExp(`^(${[...DOMAIN_NAMES, 'context', 'flowmesh', 'user'].join('|')})(\\.|$)`, 'i');

const shape = z
  .strictObject({
    type: z
      .string()
      .regex(/^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/, 'must be words of letters, digits and _, separated by dots')
      .max(100, 'must have at most 100 characters')
      .refine((type) => !RESERVED.test(type), 'is a type of the product’s own events: choose another')
      .nullish(),
    data: z.record(z.string(), z.unknown()).nullish(),
  })
  .refine(({ type, data }) => data == null || type != null, { path: ['type'], message: 'is required with data' })
  .nullish()
  .transform((options) => ({ type: options?.type ?? 'notification', data: options?.data ?? null }));

/** `metadata.webhook` of a notification: the `type` of the event, and `data` to send instead of the notification's. */
export const webhookOptions = (value: unknown) => shape.safeParse(value);
