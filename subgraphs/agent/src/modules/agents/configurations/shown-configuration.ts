import type { ContextUse } from '../../executions/kinds/llm/context-tools.ts';
import type { AgentRecord } from '../agent-record.ts';
import type { BuiltinFunction } from './builtin.ts';
import { hiddenHeaders } from './addresses.ts';
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
  | ({ readonly __typename: 'LlmConfiguration' } & ShownLlm)
  | {
      readonly __typename: 'McpConfiguration';
      readonly transport: 'STREAMABLE_HTTP' | 'STDIO';
      readonly url: string | null;
      readonly headers: Record<string, unknown>;
      readonly server: string | null;
      readonly tool: string | null;
    }
  | {
      readonly __typename: 'A2aConfiguration';
      readonly cardUrl: string;
      readonly headers: Record<string, unknown>;
    };

/** Stored settings have exactly the fields that the checks beside this file have written. */
type Stored<Name extends ShownConfiguration['__typename']> = Omit<
  Extract<ShownConfiguration, { __typename: Name }>,
  '__typename'
>;

/** Of headers, the names are stored beside the settings, the values with the secrets. */
type WithHeaders<Settings> = Omit<Settings, 'headers'> & { readonly headerNames: readonly string[] };

export function shownConfiguration({ kind, configuration }: AgentRecord): ShownConfiguration {
  const stored: unknown = configuration;
  if (kind === 'BUILTIN') {
    return { __typename: 'BuiltinConfiguration', ...(stored as Stored<'BuiltinConfiguration'>) };
  }
  if (kind === 'LLM') {
    return { __typename: 'LlmConfiguration', ...shownLlm(stored as StoredLlm) };
  }
  if (kind === 'MCP') {
    const { headerNames, ...mcp } = stored as WithHeaders<Omit<Stored<'McpConfiguration'>, 'transport'>>;
    const transport = mcp.server === null ? 'STREAMABLE_HTTP' : 'STDIO';
    return { __typename: 'McpConfiguration', transport, ...mcp, headers: hiddenHeaders(headerNames) };
  }
  if (kind === 'A2A') {
    const { headerNames, ...a2a } = stored as WithHeaders<Stored<'A2aConfiguration'>>;
    return { __typename: 'A2aConfiguration', ...a2a, headers: hiddenHeaders(headerNames) };
  }
  const { headerNames, ...http } = stored as WithHeaders<Stored<'HttpConfiguration'>>;
  return { __typename: 'HttpConfiguration', ...http, headers: hiddenHeaders(headerNames) };
}
