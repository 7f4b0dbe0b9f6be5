import { z } from 'zod';

const text = (max: number) => z.string().min(1).max(max);

export const id = z.string().regex(/^[A-Za-z0-9_]{1,255}$/, 'must be an id of Stripe');
export const amount = z.int().min(0).max(99_999_999).describe('In the smallest unit of the currency');
export const currency = z.string().regex(/^[a-z]{3}$/, 'must be a currency in three small letters, e.g. eur');
export const description = text(500);
export const metadata = z
  .record(text(40), z.string().max(500))
  .refine((given) => Object.keys(given).length <= 50, 'must be at most 50')
  .optional();
export const collection = {
  collection_method: z.enum(['charge_automatically', 'send_invoice']).optional(),
  days_until_due: z.int().min(0).max(365).optional().describe('With send_invoice'),
};
export const items = z.array(z.strictObject({ price: id, quantity: z.int().min(0).max(1_000_000).optional() })).max(20);

/** Pages of a list. */
export const page = {
  limit: z.int().min(1).max(100).default(20),
  starting_after: id.optional().describe('Id of the last object of the page before'),
};

export const customer = {
  email: z.string().max(512).optional(),
  name: text(256).optional(),
  phone: text(20).optional(),
  description: description.optional(),
  metadata,
};

export const payment = {
  description: description.optional(),
  metadata,
  receipt_email: z.string().max(512).optional(),
};
