import { z } from 'zod';
import { ConfigError } from '../config/index.ts';

export interface MailConfig {
  /** `smtp://…` or `smtps://…`, with user and password as far as the server asks for them. Null: nothing is sent. */
  readonly smtpUrl: string | null;
  /** Whom mails are from, e.g. `Flowmesh <no-reply@example.org>`. */
  readonly from: string;
}

const schema = z
  .object({
    SMTP_URL: z
      .string()
      .regex(/^smtps?:\/\/./, 'must begin with smtp:// or smtps://')
      .optional(),
    MAIL_FROM: z
      .string()
      .regex(/^[^\x00-\x1f]*[^\s@<>]+@[^\s@<>]+>?$/, 'must be an address, or a name and an address in < >')
      .optional(),
  })
  .refine((env) => env.SMTP_URL === undefined || env.MAIL_FROM !== undefined, {
    path: ['MAIL_FROM'],
    error: 'must be set when SMTP_URL is',
  });

/** The name is reserved (RFC 6762): what is not sent needs no address that exists. */
const DEFAULT_FROM = 'Flowmesh <no-reply@flowmesh.local>';

/** How mail leaves the product. Throws `ConfigError` with all problems. */
export function loadMailConfig(environment: NodeJS.ProcessEnv = process.env): MailConfig {
  const given = Object.entries(environment).filter(([, value]) => value !== '');
  const result = schema.safeParse(Object.fromEntries(given));
  if (!result.success) {
    throw new ConfigError(result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`));
  }
  return { smtpUrl: result.data.SMTP_URL ?? null, from: result.data.MAIL_FROM ?? DEFAULT_FROM };
}
