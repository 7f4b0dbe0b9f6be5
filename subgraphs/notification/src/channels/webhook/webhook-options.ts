import { z } from 'zod';

const shape = z
  .strictObject({
    type: z
      .string()
      .regex(/^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/, 'must be words of letters, digits and _, separated by dots')
      .max(100, 'must have at most 100 characters')
      .nullish(),
    data: z.record(z.string(), z.unknown()).nullish(),
  })
  .nullish()
  .transform((options) => ({ type: options?.type ?? 'notification', data: options?.data ?? null }));

/** `metadata.webhook` of a notification: the `type` of the event, and `data` to send instead of the notification's. */
export const webhookOptions = (value: unknown) => shape.safeParse(value);
