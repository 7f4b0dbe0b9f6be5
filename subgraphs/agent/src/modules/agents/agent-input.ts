import { checkSchema } from '@flowmesh/platform/json-schema';
import type { Requester } from '@flowmesh/platform/sandbox';
import { jsonObject, metadata, name, tags, text, type InvalidField } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { AgentKind, AgentStatus, RetryRules } from './agent-record.ts';
import type { ConfigurationInputs } from './configurations/configurations.ts';

const MAX_SCHEMA_BYTES = 256 * 1024;

const int = (min: number, max: number) => {
  const message = `must be ${min} to ${max.toLocaleString('en')}`;
  return z.int(message).min(min, message).max(max, message);
};

const multiplier = 'must be 1 to 10';
const retryPolicy = z.object({
  maxAttempts: int(1, 10).nullish(),
  initialDelayMs: int(0, 60_000).nullish(),
  maxDelayMs: int(0, 600_000).nullish(),
  multiplier: z.number().min(1, multiplier).max(10, multiplier).nullish(),
});

const capabilities = z
  .array(name({ min: 1, max: 100 }))
  .max(50, 'must be at most 50')
  .transform((names) => [...new Set(names)]);

const common = {
  name: name({ min: 1, max: 255 }),
  type: name({ min: 1, max: 100 }),
  description: text({ max: 10_000 }).nullish(),
  capabilities: capabilities.nullish(),
  inputSchema: jsonObject({ maxBytes: MAX_SCHEMA_BYTES }).nullish(),
  outputSchema: jsonObject({ maxBytes: MAX_SCHEMA_BYTES }).nullish(),
  timeoutSeconds: int(1, 3_600).nullish(),
  retryPolicy: retryPolicy.nullish(),
  concurrencyLimit: int(1, 100).nullish(),
  tags: tags().nullish(),
  metadata: metadata().nullish(),
  health: z.enum(['CHECK', 'HEARTBEAT']).nullish(),
};

export const registerShape = z.object(common);
export const updateShape = z.object({
  ...common,
  name: common.name.nullish(),
  type: common.type.nullish(),
  status: z.enum(['ACTIVE', 'INACTIVE'], 'must be ACTIVE or INACTIVE; ERROR is set by health checks').nullish(),
});

export type RegisterAgentInput = z.input<typeof registerShape> & ConfigurationInputs & { readonly kind: AgentKind };

/** What is left out stays as it is. */
export type UpdateAgentInput = Omit<z.input<typeof updateShape>, 'status'> &
  ConfigurationInputs & {
    readonly id: string;
    readonly expectedVersion?: number | null;
    readonly status?: AgentStatus | null;
  };

export interface DeregisterAgentInput {
  readonly id: string;
  readonly force?: boolean;
}

/** Validates the JSON Schemas of an input. */
export async function schemaProblems(
  input: { inputSchema?: unknown; outputSchema?: unknown },
  whom: Requester,
): Promise<InvalidField[]> {
  const given = (['inputSchema', 'outputSchema'] as const).flatMap((name) => {
    const { success, data } = jsonObject({ maxBytes: MAX_SCHEMA_BYTES }).safeParse(input[name]);
    // Anything but an object is told by the shape above.
    return success ? [{ name, schema: data }] : [];
  });
  const problems = await Promise.all(given.map(({ schema }) => checkSchema(schema, whom)));
  return given.flatMap(({ name }, at) =>
    (problems[at] ?? []).map(({ path, message }) => ({ path: path ? `${name}.${path}` : name, message })),
  );
}

/** The first problem of each path is enough. */
export function distinct(fields: readonly InvalidField[]): InvalidField[] {
  return [...new Map([...fields].reverse().map((field) => [field.path, field])).values()].reverse();
}

export const DEFAULT_RETRY: RetryRules = { maxAttempts: 3, initialDelayMs: 500, maxDelayMs: 30_000, multiplier: 2 };

/** What was given over what was before. */
export function mergeRetry(given: z.output<typeof retryPolicy> | null | undefined, before: RetryRules): RetryRules {
  return {
    maxAttempts: given?.maxAttempts ?? before.maxAttempts,
    initialDelayMs: given?.initialDelayMs ?? before.initialDelayMs,
    maxDelayMs: given?.maxDelayMs ?? before.maxDelayMs,
    multiplier: given?.multiplier ?? before.multiplier,
  };
}
