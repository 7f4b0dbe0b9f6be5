import { z } from 'zod';
import { startHttpService, type ServiceAnswer, type ServiceCall } from './http-service.ts';

export const SENDGRID_KEY = 'SG.test-key-0123456789.abcdefghijklmnopqrstuvwxyz';

const RESERVED = new Set(
  'x-sg-id x-sg-eid received dkim-signature content-type content-transfer-encoding to from subject reply-to cc bcc'.split(
    ' ',
  ),
);

const person = z.strictObject({ email: z.email('Does not contain a valid address.'), name: z.string().optional() });

/** The body of `POST /v3/mail/send`, as far as anybody here uses it. Anything else is refused. */
const schema = z.strictObject({
  personalizations: z
    .array(z.strictObject({ to: z.array(person).min(1), custom_args: z.record(z.string(), z.string()).optional() }))
    .min(1)
    .max(1_000),
  from: person,
  reply_to: person.optional(),
  subject: z.string().min(1, 'The subject is required.'),
  content: z
    .array(z.strictObject({ type: z.string().min(1), value: z.string().min(1) }))
    .min(1)
    .refine(([first, second]) => !second || first?.type === 'text/plain', 'text/plain must be the first content.'),
  headers: z
    .record(z.string(), z.string())
    .refine((headers) => !Object.keys(headers).some((name) => RESERVED.has(name.toLowerCase())), 'is reserved')
    .optional(),
  attachments: z
    .array(
      z.strictObject({
        content: z.base64().min(1),
        filename: z.string().min(1),
        type: z.string().optional(),
        disposition: z.enum(['inline', 'attachment']).optional(),
      }),
    )
    .optional(),
});

export type SendgridMail = z.infer<typeof schema>;

export const sendgridError = (
  status: number,
  message: string,
  field: string | null = null,
  headers: Record<string, string> = {},
): ServiceAnswer => ({ status, body: { errors: [{ message, field, help: null }] }, headers });

/** SendGrid's Mail Send API. */
export async function startSendgridDouble(apiKey = SENDGRID_KEY) {
  const mails: SendgridMail[] = [];

  function answer({ method, path, headers, body }: ServiceCall): ServiceAnswer {
    if (headers.authorization !== `Bearer ${apiKey}`) {
      return sendgridError(401, 'The provided authorization grant is invalid, expired, or revoked');
    }
    if (path !== '/v3/mail/send') return sendgridError(404, 'not found');
    if (method !== 'POST') return sendgridError(405, 'method not allowed');
    if (!headers['content-type']?.startsWith('application/json')) {
      return sendgridError(415, 'Content-Type should be application/json.');
    }
    let json: unknown;
    try {
      json = JSON.parse(body.toString());
    } catch {
      return sendgridError(400, 'Bad Request');
    }
    const parsed = schema.safeParse(json);
    if (!parsed.success) {
      const errors = parsed.error.issues.map(({ message, path: at }) => ({ message, field: at.join('.'), help: null }));
      return { status: 400, body: { errors } };
    }
    mails.push(parsed.data);
    return { status: 202, headers: { 'x-message-id': `sg-${mails.length}` } };
  }

  return { ...(await startHttpService(answer)), mails };
}

export type SendgridDouble = Awaited<ReturnType<typeof startSendgridDouble>>;
