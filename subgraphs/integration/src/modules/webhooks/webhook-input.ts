import { headerProblem, webhookSecretProblem } from '@flowmesh/platform/http';
import type { InvalidField } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { SignatureRules, WebhookEncoding, WebhookScheme } from './webhook-record.ts';

export const configureShape = z.object({
  secret: z
    .string()
    .regex(/^[\x21-\x7e]{8,500}$/, 'must be 8 to 500 visible ASCII characters')
    .nullish(),
  header: z
    .string()
    .refine((name) => headerProblem(name, '') === null, 'is not a header that services can set')
    .nullish(),
  prefix: z.string().max(50, 'must have at most 50 characters').nullish(),
});

export interface ConfigureInboundWebhooksInput extends z.input<typeof configureShape> {
  readonly id: string;
  readonly scheme: WebhookScheme;
  readonly encoding?: WebhookEncoding | null;
}

/** What does not fit the scheme. */
export function schemeProblems(input: ConfigureInboundWebhooksInput): InvalidField[] {
  const message = `must be left out for ${input.scheme}`;
  const misplaced =
    input.scheme === 'GENERIC' ? [] : (['header', 'prefix', 'encoding'] as const).filter((name) => input[name] != null);
  const secret = input.scheme === 'STANDARD' && input.secret != null ? webhookSecretProblem(input.secret) : null;
  return [...misplaced.map((path) => ({ path, message })), ...(secret ? [{ path: 'secret', message: secret }] : [])];
}

export const rulesOf = ({ scheme, header, prefix, encoding }: ConfigureInboundWebhooksInput): SignatureRules => ({
  scheme,
  header: (header ?? 'x-signature').toLowerCase(),
  prefix: prefix ?? '',
  encoding: encoding ?? 'HEX',
});
