import type { LanguageModel } from 'ai';
import type { Candidate } from './llm-settings.ts';

/** A model behind its API. The libraries load with the first one. */
export async function createModel(candidate: Candidate, fetch: typeof globalThis.fetch): Promise<LanguageModel> {
  const { provider, baseUrl, model, apiKey } = candidate;
  if (provider === 'ANTHROPIC') {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    // An empty key keeps the library from looking for one in the environment of the process.
    return createAnthropic({ baseURL: baseUrl ?? undefined, apiKey: apiKey ?? '', fetch })(model);
  }
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  return createOpenAICompatible({
    name: 'model',
    baseURL: (baseUrl ?? '').replace(/\/+$/, ''),
    apiKey,
    fetch,
    includeUsage: true,
    supportsStructuredOutputs: true,
  })(model);
}
