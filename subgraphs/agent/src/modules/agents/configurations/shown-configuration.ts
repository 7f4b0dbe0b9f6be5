import type { ContextUse } from '../../executions/kinds/llm-context.ts';
import type { AgentRecord } from '../agent-record.ts';
import type { BuiltinFunction } from './builtin.ts';
import { HIDDEN } from './http.ts';
import type { LlmProvider } from './llm.ts';

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
  | {
      readonly __typename: 'LlmConfiguration';
      readonly provider: LlmProvider;
      readonly baseUrl: string | null;
      readonly model: string;
      readonly apiKeySet: boolean;
      readonly systemPrompt: string | null;
      readonly temperature: number | null;
      readonly maxOutputTokens: number | null;
      readonly inputCostPerMillionTokens: number | null;
      readonly outputCostPerMillionTokens: number | null;
      readonly contextUse: ContextUse;
    };

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
    // Those stored before there were contexts have no `contextUse`.
    const llm = stored as Omit<Stored<'LlmConfiguration'>, 'contextUse'>;
    return { __typename: 'LlmConfiguration', contextUse: 'NONE', ...llm };
  }
  const { headerNames, ...http } = stored as Omit<Stored<'HttpConfiguration'>, 'headers'> & { headerNames: string[] };
  const headers = Object.fromEntries(headerNames.map((name) => [name, HIDDEN]));
  return { __typename: 'HttpConfiguration', ...http, headers };
}
