import { headerProblem, webhookSecretProblem } from '@flowmesh/platform/http';
import { id, line } from '@flowmesh/platform/validation';
import { z } from 'zod';

const MAX_HEADERS = 20;

const headers = z.record(z.string(), z.unknown()).check((context) => {
  const entries = Object.entries(context.value);
  if (entries.length > MAX_HEADERS) {
    context.issues.push({ code: 'custom', input: undefined, message: `must be at most ${MAX_HEADERS}` });
  }
  for (const [name, value] of entries) {
    const message = headerProblem(name, value);
    if (message) context.issues.push({ code: 'custom', input: undefined, path: [name], message });
  }
});

const secret = z.string().check((context) => {
  const message = webhookSecretProblem(context.value);
  if (message) context.issues.push({ code: 'custom', input: undefined, message });
});

const description = line({ min: 1, max: 255 });

export const createShape = z.object({
  url: z.string(),
  description: description.nullish(),
  headers: headers.nullish(),
  secret: secret.nullish(),
});

export const updateShape = z.object({ id: id(), description: description.nullish(), headers: headers.nullish() });

const seconds = 'must be 0 to 604,800';
export const rotateShape = z.object({
  id: id(),
  secret: secret.nullish(),
  overlapSeconds: z.int(seconds).min(0, seconds).max(604_800, seconds).default(86_400),
});

export type CreateWebhookEndpointInput = z.input<typeof createShape>;
export type UpdateWebhookEndpointInput = z.input<typeof updateShape>;
export type RotateWebhookSecretInput = z.input<typeof rotateShape>;
