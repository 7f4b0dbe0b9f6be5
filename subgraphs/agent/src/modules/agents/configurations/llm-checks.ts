import type { AddressRules } from '@flowmesh/platform/http';
import type { Destination } from '@flowmesh/platform/secrets';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { LlmProvider } from '../../executions/kinds/llm/llm-settings.ts';
import type { Settings } from './kind-configuration.ts';

type Given<T> = T | null | undefined;

export function range(path: string, value: Given<number>, min: number, max: number): InvalidField[] {
  const fits = value === null || value === undefined || (value >= min && value <= max);
  return fits ? [] : [{ path, message: `must be ${min} to ${max.toLocaleString('en')}` }];
}

export function length(path: string, value: Given<string>, min: number, max: number): InvalidField[] {
  const fits = value === null || value === undefined || (value.trim().length >= min && value.length <= max);
  return fits ? [] : [{ path, message: `must have ${min} to ${max.toLocaleString('en')} characters` }];
}

export function count(path: string, list: readonly unknown[], min: number, max: number): InvalidField[] {
  return list.length >= min && list.length <= max ? [] : [{ path, message: `must be ${min} to ${max}` }];
}

export function key(path: string, value: string | undefined): InvalidField[] {
  const isLine = value === undefined || /^[\x21-\x7e]{1,2000}$/.test(value);
  return isLine ? [] : [{ path, message: 'must be 1 to 2,000 visible characters' }];
}

export interface ModelInput {
  readonly provider?: LlmProvider;
  readonly baseUrl?: string | null;
  readonly model: string;
  readonly apiKey?: string | null;
  readonly inputCostPerMillionTokens?: number | null;
  readonly outputCostPerMillionTokens?: number | null;
}

function addressProblems(at: string, { provider, baseUrl }: ModelInput, rules: AddressRules): InvalidField[] {
  const path = `${at}.baseUrl`;
  if (baseUrl) {
    const message = baseUrl.length > 2_000 ? 'must have at most 2,000 characters' : rules.problemOf(baseUrl);
    return message ? [{ path, message }] : [];
  }
  const message = 'is required for OPENAI_COMPATIBLE, e.g. https://api.openai.com/v1';
  return provider === 'ANTHROPIC' ? [] : [{ path, message }];
}

/** What is wrong with a model, but for its key. */
export const modelProblems = (at: string, input: ModelInput, rules: AddressRules): InvalidField[] => [
  ...addressProblems(at, input, rules),
  ...length(`${at}.model`, input.model, 1, 200),
  ...range(`${at}.inputCostPerMillionTokens`, input.inputCostPerMillionTokens, 0, 1_000_000),
  ...range(`${at}.outputCostPerMillionTokens`, input.outputCostPerMillionTokens, 0, 1_000_000),
];

/** A model as it is stored. */
export const modelSettings = (input: ModelInput, apiKey: string | undefined) => ({
  provider: input.provider ?? 'OPENAI_COMPATIBLE',
  baseUrl: input.baseUrl ?? null,
  model: input.model,
  apiKeySet: apiKey !== undefined,
  inputCostPerMillionTokens: input.inputCostPerMillionTokens ?? null,
  outputCostPerMillionTokens: input.outputCostPerMillionTokens ?? null,
});

/** Without an address of its own the provider says where a key goes. */
export const destinationOf = ({ provider, baseUrl }: Settings): Destination => [
  String(provider),
  typeof baseUrl === 'string' ? baseUrl : null,
];
