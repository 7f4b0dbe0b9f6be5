import type { AddressRules } from '@flowmesh/platform/http';
import { keptSecret, type Destination } from '@flowmesh/platform/secrets';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { ContextUse } from '../../executions/kinds/llm-context.ts';
import type { CheckConfiguration, Settings } from './kind-configuration.ts';

export type LlmProvider = 'OPENAI_COMPATIBLE' | 'ANTHROPIC';

export interface LlmConfigurationInput {
  readonly provider?: LlmProvider;
  readonly baseUrl?: string | null;
  readonly model: string;
  readonly apiKey?: string | null;
  readonly systemPrompt?: string | null;
  readonly temperature?: number | null;
  readonly maxOutputTokens?: number | null;
  readonly inputCostPerMillionTokens?: number | null;
  readonly outputCostPerMillionTokens?: number | null;
  readonly contextUse?: ContextUse;
}

const MAX_PROMPT_CHARACTERS = 100_000;

function range(path: string, value: number | null | undefined, min: number, max: number): InvalidField[] {
  const fits = value === null || value === undefined || (value >= min && value <= max);
  return fits ? [] : [{ path, message: `must be ${min} to ${max.toLocaleString('en')}` }];
}

function length(path: string, value: string | null | undefined, min: number, max: number): InvalidField[] {
  const fits = value === null || value === undefined || (value.trim().length >= min && value.length <= max);
  return fits ? [] : [{ path, message: `must have ${min} to ${max.toLocaleString('en')} characters` }];
}

function baseUrlProblem(input: LlmConfigurationInput, rules: AddressRules): InvalidField[] {
  const path = 'llm.baseUrl';
  if (input.baseUrl) {
    const message =
      input.baseUrl.length > 2_000 ? 'must have at most 2,000 characters' : rules.problemOf(input.baseUrl);
    return message ? [{ path, message }] : [];
  }
  const message = 'is required for OPENAI_COMPATIBLE, e.g. https://api.openai.com/v1';
  return input.provider === 'ANTHROPIC' ? [] : [{ path, message }];
}

/** Without an address of its own the provider says where a key goes. */
const destinationOf = ({ provider, baseUrl }: Settings): Destination => [
  String(provider),
  typeof baseUrl === 'string' ? baseUrl : null,
];

export const createLlmCheck =
  (rules: AddressRules): CheckConfiguration<LlmConfigurationInput> =>
  (input, previous) => {
    const provider = input.provider ?? 'OPENAI_COMPATIBLE';
    const baseUrl = input.baseUrl ?? null;
    const { value: apiKey, problem } = keptSecret({
      given: input.apiKey,
      before: previous?.secrets['apiKey'],
      from: previous && destinationOf(previous.configuration),
      to: destinationOf({ provider, baseUrl }),
    });
    const isLine = apiKey === undefined || /^[\x21-\x7e]{1,2000}$/.test(apiKey);
    return {
      problems: [
        ...baseUrlProblem(input, rules),
        ...length('llm.model', input.model, 1, 200),
        ...length('llm.systemPrompt', input.systemPrompt, 0, MAX_PROMPT_CHARACTERS),
        ...range('llm.temperature', input.temperature, 0, 2),
        ...range('llm.maxOutputTokens', input.maxOutputTokens, 1, 1_000_000),
        ...range('llm.inputCostPerMillionTokens', input.inputCostPerMillionTokens, 0, 1_000_000),
        ...range('llm.outputCostPerMillionTokens', input.outputCostPerMillionTokens, 0, 1_000_000),
        ...(problem === null ? [] : [{ path: 'llm.apiKey', message: problem }]),
        ...(isLine ? [] : [{ path: 'llm.apiKey', message: 'must be 1 to 2,000 visible characters' }]),
      ],
      configuration: {
        provider,
        baseUrl,
        model: input.model,
        apiKeySet: apiKey !== undefined,
        systemPrompt: input.systemPrompt ?? null,
        temperature: input.temperature ?? null,
        maxOutputTokens: input.maxOutputTokens ?? null,
        inputCostPerMillionTokens: input.inputCostPerMillionTokens ?? null,
        outputCostPerMillionTokens: input.outputCostPerMillionTokens ?? null,
        contextUse: input.contextUse ?? 'NONE',
      },
      secrets: apiKey === undefined ? {} : { apiKey },
    };
  };
