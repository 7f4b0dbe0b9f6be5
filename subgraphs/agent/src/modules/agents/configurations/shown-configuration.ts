import type { ContextUse } from '../../executions/kinds/llm/context-tools.ts';
import type { AgentRecord } from '../agent-record.ts';
import type { BuiltinFunction } from './builtin.ts';
import { HIDDEN } from './http.ts';
import {
  DEFAULT_STEPS,
  DEFAULT_TOOL_CALLS,
  type AgentToolSettings,
  type IntegrationToolSettings,
  type LlmSettings,
  type MemorySettings,
  type ModelSettings,
} from '../../executions/kinds/llm/llm-settings.ts';

type ShownModel = ModelSettings & { readonly apiKeySet: boolean };

type ShownTool =
  | ({ readonly __typename: 'LlmIntegrationTool' } & IntegrationToolSettings)
  | ({ readonly __typename: 'LlmAgentTool' } & AgentToolSettings);

interface ShownLlm extends ShownModel {
  readonly systemPrompt: string | null;
  readonly temperature: number | null;
  readonly maxOutputTokens: number | null;
  readonly contextUse: ContextUse;
  readonly fallbacks: readonly ShownModel[];
  readonly tools: readonly ShownTool[];
  readonly maxSteps: number;
  readonly maxToolCalls: number;
  readonly memory: MemorySettings | null;
}

type StoredLlm = LlmSettings & ShownModel & { readonly fallbacks?: readonly ShownModel[] };

/** With defaults for what there was not yet when it was stored. */
const shownLlm = ({ integrationTools = [], agentTools = [], ...stored }: StoredLlm): ShownLlm => ({
  contextUse: 'NONE',
  fallbacks: [],
  maxSteps: DEFAULT_STEPS,
  maxToolCalls: DEFAULT_TOOL_CALLS,
  memory: null,
  ...stored,
  tools: [
    ...integrationTools.map((tool) => ({ __typename: 'LlmIntegrationTool' as const, ...tool })),
    ...agentTools.map((tool) => ({ __typename: 'LlmAgentTool' as const, ...tool })),
  ],
});

/** A configuration as the graph shows it: without any secret. */
export type ShownConfiguration =
  | {
      readonly __typename: 'BuiltinConfiguration';
      readonly function: BuiltinFunction;
      readonly options: Record<string, unknown>;
    }
  | {
      readonly __typename: 'HttpConfiguration';
      readonly url: string;
      readonly headers: Record<string, unknown>;
      readonly signingSecretSet: boolean;
      readonly healthUrl: string | null;
    }
  | ({ readonly __typename: 'LlmConfiguration' } & ShownLlm);

/** Stored settings have exactly the fields that the checks beside this file have written. */
type Stored<Name extends ShownConfiguration['__typename']> = Omit<
  Extract<ShownConfiguration, { __typename: Name }>,
  '__typename'
>;

export function shownConfiguration({ kind, configuration }: AgentRecord): ShownConfiguration {
  const stored: unknown = configuration;
  if (kind === 'BUILTIN') {
    return { __typename: 'BuiltinConfiguration', ...(stored as Stored<'BuiltinConfiguration'>) };
  }
  if (kind === 'LLM') {
    return { __typename: 'LlmConfiguration', ...shownLlm(stored as StoredLlm) };
  }
  const { headerNames, ...http } = stored as Omit<Stored<'HttpConfiguration'>, 'headers'> & { headerNames: string[] };
  const headers = Object.fromEntries(headerNames.map((name) => [name, HIDDEN]));
  return { __typename: 'HttpConfiguration', ...http, headers };
}
