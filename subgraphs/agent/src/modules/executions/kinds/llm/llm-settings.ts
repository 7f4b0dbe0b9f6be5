import type { ContextUse } from './context-tools.ts';

export type LlmProvider = 'OPENAI_COMPATIBLE' | 'ANTHROPIC';

/** A model, where it is, and what it costs. */
export interface ModelSettings {
  readonly provider: LlmProvider;
  readonly baseUrl: string | null;
  readonly model: string;
  readonly inputCostPerMillionTokens: number | null;
  readonly outputCostPerMillionTokens: number | null;
}

/** Operations of an integration that the model may call, by name. */
export interface IntegrationToolSettings {
  readonly integrationId: string;
  readonly operations: readonly string[];
  /** Stands before the names of the operations. */
  readonly prefix: string | null;
}

/** Another agent that the model may give work to. */
export interface AgentToolSettings {
  readonly agentId: string;
  /** As the model knows it. */
  readonly name: string;
  readonly description: string | null;
}

/** Where the conversation of a context is kept. */
export interface MemorySettings {
  readonly layer: string;
  readonly maxMessages: number;
}

/** Settings of an LLM agent as stored; those that came later are absent in what was stored before. */
export interface LlmSettings extends ModelSettings {
  readonly systemPrompt: string | null;
  readonly temperature: number | null;
  readonly maxOutputTokens: number | null;
  readonly contextUse?: ContextUse;
  readonly fallbacks?: readonly ModelSettings[];
  readonly integrationTools?: readonly IntegrationToolSettings[];
  readonly agentTools?: readonly AgentToolSettings[];
  readonly maxSteps?: number;
  readonly maxToolCalls?: number;
  readonly memory?: MemorySettings | null;
}

/** Answers of the model in one attempt, the last one without tools; and calls of tools. */
export const DEFAULT_STEPS = 10;
export const DEFAULT_TOOL_CALLS = 20;

/** A model that may be asked, and the circuit of it. */
export interface Candidate extends ModelSettings {
  readonly apiKey: string | undefined;
  readonly circuit: string;
}

/** The circuit of an agent’s model; 0 for the first one, whose circuit is that of the agent. */
export const circuitOf = (agentId: string, at: number): string => (at === 0 ? agentId : `${agentId}:fallback-${at}`);

interface AgentWithModels {
  readonly agentId: string;
  /** As stored. */
  readonly configuration: unknown;
  readonly secrets: Readonly<Record<string, unknown>>;
}

/** The models of an agent in the order in which they are tried. */
export function candidatesOf({ agentId, configuration, secrets }: AgentWithModels): Candidate[] {
  const settings = configuration as LlmSettings;
  const keys = [secrets['apiKey'], ...((secrets['fallbackKeys'] ?? []) as unknown[])];
  return [settings, ...(settings.fallbacks ?? [])].map((model, at) => {
    const { provider, baseUrl, inputCostPerMillionTokens, outputCostPerMillionTokens } = model;
    const apiKey = keys[at];
    return {
      provider,
      baseUrl,
      model: model.model,
      inputCostPerMillionTokens,
      outputCostPerMillionTokens,
      apiKey: typeof apiKey === 'string' ? apiKey : undefined,
      circuit: circuitOf(agentId, at),
    };
  });
}
