import type { AddressRules } from '@flowmesh/platform/http';
import { keptSecret } from '@flowmesh/platform/secrets';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { ContextUse } from '../../executions/kinds/llm/context-tools.ts';
import { DEFAULT_STEPS, DEFAULT_TOOL_CALLS, type MemorySettings } from '../../executions/kinds/llm/llm-settings.ts';
import type { CheckConfiguration } from './kind-configuration.ts';
import { destinationOf, key, length, modelProblems, modelSettings, range, type ModelInput } from './llm-checks.ts';
import { checkFallbacks } from './llm-fallbacks.ts';
import { checkTools, type LlmToolInput } from './llm-tools.ts';

export interface LlmConfigurationInput extends ModelInput {
  readonly systemPrompt?: string | null;
  readonly temperature?: number | null;
  readonly maxOutputTokens?: number | null;
  readonly contextUse?: ContextUse;
  readonly fallbacks?: readonly ModelInput[] | null;
  readonly tools?: readonly LlmToolInput[] | null;
  readonly maxSteps?: number | null;
  readonly maxToolCalls?: number | null;
  readonly memory?: { readonly layer: string; readonly maxMessages?: number | null } | null;
}

const MAX_PROMPT_CHARACTERS = 100_000;
const DEFAULT_MESSAGES = 20;
/** Where `write_context` writes. */
const NOTES = 'notes';

function memoryProblems({ memory }: LlmConfigurationInput): InvalidField[] {
  if (!memory) return [];
  const isNotes = memory.layer.trim() === NOTES;
  return [
    ...length('llm.memory.layer', memory.layer, 1, 100),
    ...(isNotes
      ? [{ path: 'llm.memory.layer', message: `must not be ${NOTES}, where agents write what they note` }]
      : []),
    ...range('llm.memory.maxMessages', memory.maxMessages, 2, 200),
  ];
}

const memoryOf = ({ memory }: LlmConfigurationInput): MemorySettings | null =>
  memory ? { layer: memory.layer.trim(), maxMessages: memory.maxMessages ?? DEFAULT_MESSAGES } : null;

export const createLlmCheck =
  (rules: AddressRules): CheckConfiguration<LlmConfigurationInput> =>
  (input, previous) => {
    const { value: apiKey, problem } = keptSecret({
      given: input.apiKey,
      before: previous?.secrets['apiKey'],
      from: previous && destinationOf(previous.configuration),
      to: destinationOf({ provider: input.provider ?? 'OPENAI_COMPATIBLE', baseUrl: input.baseUrl ?? null }),
    });
    const {
      fallbacks,
      fallbackKeys,
      problems: wrongFallbacks,
    } = checkFallbacks(input.fallbacks ?? [], previous, rules);
    const { integrationTools, agentTools, problems: wrongTools } = checkTools(input.tools ?? []);
    return {
      problems: [
        ...modelProblems('llm', input, rules),
        ...length('llm.systemPrompt', input.systemPrompt, 0, MAX_PROMPT_CHARACTERS),
        ...range('llm.temperature', input.temperature, 0, 2),
        ...range('llm.maxOutputTokens', input.maxOutputTokens, 1, 1_000_000),
        ...range('llm.maxSteps', input.maxSteps, 1, 50),
        ...range('llm.maxToolCalls', input.maxToolCalls, 1, 200),
        ...(problem === null ? [] : [{ path: 'llm.apiKey', message: problem }]),
        ...key('llm.apiKey', apiKey),
        ...wrongFallbacks,
        ...wrongTools,
        ...memoryProblems(input),
      ],
      configuration: {
        ...modelSettings(input, apiKey),
        systemPrompt: input.systemPrompt ?? null,
        temperature: input.temperature ?? null,
        maxOutputTokens: input.maxOutputTokens ?? null,
        contextUse: input.contextUse ?? 'NONE',
        fallbacks,
        integrationTools,
        agentTools,
        maxSteps: input.maxSteps ?? DEFAULT_STEPS,
        maxToolCalls: input.maxToolCalls ?? DEFAULT_TOOL_CALLS,
        memory: memoryOf(input),
      },
      secrets: {
        ...(apiKey === undefined ? {} : { apiKey }),
        ...(fallbackKeys.some((each) => each !== null) && { fallbackKeys }),
      },
    };
  };
