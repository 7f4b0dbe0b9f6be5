import { emailAddress, line } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { InvalidCallInput, type Operation } from '../integration-client.ts';

const MOST_RECIPIENTS = 50;
const MOST_HEADERS = 20;
const MAX_TEXT_CHARACTERS = 1_000_000;
const address = z
  .string()
  .max(320)
  .refine((text) => emailAddress(text) !== null, 'must be an e-mail address');
const addresses = z.array(address).max(MOST_RECIPIENTS);

const message = z.strictObject({
  to: addresses.min(1),
  cc: addresses.default([]),
  bcc: addresses.default([]),
  replyTo: address.optional(),
  subject: line({ min: 0, max: 998 }),
  text: z.string().min(1).max(MAX_TEXT_CHARACTERS),
  html: z.string().min(1).max(MAX_TEXT_CHARACTERS).optional(),
  headers: z
    .record(
      z.string().regex(/^((X|List)-[A-Za-z0-9-]{1,60}|Auto-Submitted)$/, 'must begin with X- or List-'),
      z.string().regex(/^[\t\x20-\x7e]{1,500}$/, 'must be one line of ASCII, 1 to 500 characters'),
    )
    .refine((headers) => Object.keys(headers).length <= MOST_HEADERS, `must be at most ${MOST_HEADERS}`)
    .default({})
    .describe('Further headers: X-…, List-… or Auto-Submitted'),
  attachments: z
    .array(
      z.strictObject({
        fileName: line({ min: 1, max: 255 }),
        contentType: z.string().regex(/^[\w.+-]{1,100}\/[\w.+-]{1,100}$/, 'must be a media type, e.g. text/plain'),
        content: z.base64().max(1_000_000).describe('In base64'),
      }),
    )
    .max(10)
    .default([]),
});

export type EmailMessage = z.output<typeof message>;

/** What the JSON Schema has let through, checked for what it cannot say: addresses, and headers of one line. */
export function readMessage(input: unknown): EmailMessage {
  const read = message.safeParse(input);
  if (read.success) return read.data;
  throw new InvalidCallInput(
    read.error.issues.map(({ path, message: problem }) => ({ path: path.map(String).join('.'), message: problem })),
  );
}

export const EMAIL_OPERATIONS: readonly Operation[] = [
  {
    name: 'send',
    description: 'Sends a message. Accepted by the server or provider is the last that is heard of it.',
    inputSchema: z.toJSONSchema(message, { io: 'input', unrepresentable: 'any' }),
    outputSchema: {
      type: 'object',
      required: ['messageId'],
      properties: { messageId: { type: ['string', 'null'], description: 'By which the provider knows it' } },
    },
    readOnly: false,
    repeatable: false,
  },
];
