import { z } from 'zod';
import { mailbox } from './mailbox.ts';

const MAX_HEADERS = 10;
const headerName = z.string().regex(/^(X|List)-[A-Za-z0-9-]{1,60}$/, 'must begin with X- or List-');
const headerValue = z.string().regex(/^[\t\x20-\x7e]{1,500}$/, 'must be one line of ASCII, 1 to 500 characters');

const shape = z
  .strictObject({
    replyTo: z
      .string()
      .max(320)
      .refine((text) => mailbox(text) !== null, 'must be an e-mail address')
      .nullish(),
    headers: z
      .record(headerName, headerValue)
      .refine((headers) => Object.keys(headers).length <= MAX_HEADERS, `must be at most ${MAX_HEADERS}`)
      .nullish(),
  })
  .nullish()
  .transform((options) => ({ replyTo: options?.replyTo ?? null, headers: options?.headers ?? {} }));

/** `metadata.email` of a notification: `replyTo`, and `headers` whose names begin with `X-` or `List-`. */
export const emailOptions = (value: unknown) => shape.safeParse(value);
