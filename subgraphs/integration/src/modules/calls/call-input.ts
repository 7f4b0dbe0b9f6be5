import { jsonValue, text } from '@flowmesh/platform/validation';
import { z } from 'zod';

const MAX_INPUT_BYTES = 1024 * 1024;

export const invokeShape = z.object({
  operation: text({ min: 1, max: 100 }),
  input: jsonValue({ maxBytes: MAX_INPUT_BYTES }).nullish(),
  idempotencyKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 visible ASCII characters')
    .nullish(),
  repeatUnknown: z.boolean().nullish(),
  timeoutMs: z.int().min(100, 'must be 100 to 300,000').max(300_000, 'must be 100 to 300,000').nullish(),
});

export interface InvokeIntegrationInput {
  readonly id: string;
  readonly operation: string;
  readonly input?: unknown;
  readonly idempotencyKey?: string | null;
  readonly repeatUnknown?: boolean | null;
  readonly timeoutMs?: number | null;
}
