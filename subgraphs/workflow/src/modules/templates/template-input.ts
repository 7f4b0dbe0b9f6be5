import { id, jsonObject, name, parseArgument, tags, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { TemplateFilter } from './template-query.ts';

export const MAX_ROLES = 50;
const MAX_BYTES = 262_144;

const details = {
  name: name({ min: 1, max: 255 }),
  description: text({ max: 10_000 }).nullish(),
  tags: tags().nullish(),
  parameters: jsonObject({ maxBytes: MAX_BYTES }).nullish(),
};

const roleName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'must be a letter, then letters, digits or _, at most 64 in all');

const roles = z
  .array(
    z.object({
      agentId: id(),
      name: roleName,
      description: text({ max: 10_000 }).nullish(),
      preset: name({ min: 1, max: 100 }).nullish(),
    }),
  )
  .max(MAX_ROLES, `must be at most ${MAX_ROLES}`)
  .nullish();

export const saveShape = z.object({ ...details, roles });
export const updateShape = z.object({ ...details, name: details.name.nullish(), roles });
export type SaveTemplateInput = z.input<typeof saveShape> & { readonly workflowId: string };
export type UpdateTemplateInput = z.input<typeof updateShape> & {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly isShared?: boolean | null;
  readonly workflowId?: string | null;
};
export type GivenRoles = z.output<typeof roles>;

/** As `LlmProvider` of the agent service. */
const PROVIDERS = ['OPENAI_COMPATIBLE', 'ANTHROPIC'] as const;

export const createShape = z.object({
  name: details.name.nullish(),
  parameters: jsonObject({ maxBytes: MAX_BYTES }).nullish(),
  agents: z
    .array(z.object({ role: z.string(), agentId: id() }))
    .max(MAX_ROLES, `must be at most ${MAX_ROLES}`)
    .nullish(),
  // The rest of it is checked by the agent service, which cannot read another provider.
  createAgents: z.looseObject({ provider: z.enum(PROVIDERS, `must be ${PROVIDERS.join(' or ')}`).nullish() }).nullish(),
});

/** The model of agents that are to be registered for roles that nobody plays; checked by the agent service. */
export interface CreateAgentsInput {
  readonly provider?: string | null;
  readonly baseUrl?: string | null;
  readonly model: string;
  readonly apiKey?: string | null;
  readonly temperature?: number | null;
  readonly maxOutputTokens?: number | null;
  readonly inputCostPerMillionTokens?: number | null;
  readonly outputCostPerMillionTokens?: number | null;
  readonly tags?: readonly string[] | null;
}

export interface CreateFromTemplateInput {
  readonly templateId: string;
  readonly name?: string | null;
  readonly description?: string | null;
  readonly tags?: readonly string[] | null;
  readonly status?: 'DRAFT' | 'ACTIVE' | 'ARCHIVED' | null;
  readonly parameters?: Record<string, unknown> | null;
  readonly agents?: readonly { readonly role: string; readonly agentId: string }[] | null;
  readonly createAgents?: CreateAgentsInput | null;
}

const filterShape = z.object({ search: text({ max: 100 }).nullish(), tags: z.array(text({ max: 50 })).nullish() });

/** Throws BAD_USER_INPUT for a filter that cannot be used. */
export function checkedFilter(filter: TemplateFilter | null | undefined): TemplateFilter {
  parseArgument('filter', filterShape, filter ?? {});
  return filter ?? {};
}
