import { emailAddress, line } from '@flowmesh/platform/validation';
import { z } from 'zod';

const address = z
  .string()
  .max(320)
  .refine((text) => emailAddress(text) !== null, 'must be an e-mail address');
const baseUrl = (usual: string) => z.string().max(2_000).default(usual);

const provider = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('SMTP'),
      host: line({ min: 1, max: 255 }),
      port: z.int().min(1).max(65_535).default(587),
      security: z
        .enum(['STARTTLS', 'TLS', 'NONE'])
        .default('STARTTLS')
        .describe('STARTTLS and TLS: encrypted, and the certificate must be good for the host'),
      username: line({ min: 1, max: 320 }).optional().describe('With `password`'),
    })
    .describe('A mail server'),
  z
    .strictObject({ type: z.literal('SENDGRID'), baseUrl: baseUrl('https://api.sendgrid.com') })
    .describe('SendGrid, with `apiKey`'),
  z
    .strictObject({
      type: z.literal('MAILGUN'),
      domain: line({ min: 1, max: 255 }),
      baseUrl: baseUrl('https://api.mailgun.net').describe('https://api.eu.mailgun.net for domains in the EU'),
    })
    .describe('Mailgun, with `apiKey`'),
]);

export const emailConfiguration = z.strictObject({
  provider,
  from: address.describe('Address of the sender'),
  fromName: line({ min: 1, max: 200 }).optional(),
});

export type EmailConfiguration = z.output<typeof emailConfiguration>;
export type EmailProvider = EmailConfiguration['provider'];
