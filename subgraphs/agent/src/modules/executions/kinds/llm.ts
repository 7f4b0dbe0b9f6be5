import { readJson } from '@flowmesh/platform/json';
import { GuardedHttpError, type GuardedHttp } from '@flowmesh/platform/http';
import type { LanguageModel, LanguageModelUsage, ModelMessage } from 'ai';
import { ServiceAwayError } from '@flowmesh/platform/services';
import { z } from 'zod';
import { ANSWER_LIMITS } from './answer-limits.ts';
import { MOST_STEPS, promptOf, toolsOf, type ContextUse } from './llm-context.ts';
import { AgentFailure } from './agent-failure.ts';
import type { AgentResult, AgentRunner, AgentTask } from './agent-runner.ts';
import type { AgentUsage } from '../execution-record.ts';
import { connectionFailure } from './http.ts';

const MAX_ANSWER_BYTES = 20 * 1024 * 1024;

interface LlmSettings {
  readonly provider: 'OPENAI_COMPATIBLE' | 'ANTHROPIC';
  readonly baseUrl: string | null;
  readonly model: string;
  readonly systemPrompt: string | null;
  readonly temperature: number | null;
  readonly maxOutputTokens: number | null;
  readonly inputCostPerMillionTokens: number | null;
  readonly outputCostPerMillionTokens: number | null;
  /** Absent in what was stored before there were contexts. */
  readonly contextUse?: ContextUse;
}

const conversation = z.object({
  messages: z
    .array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() }))
    .min(1)
    .max(1_000),
});

/** `{messages}` as they are; a string or `{prompt}` as what the user says; anything else as JSON. */
function messagesOf(input: unknown): ModelMessage[] {
  const { data } = conversation.safeParse(input);
  if (data) return data.messages;
  const prompt = typeof input === 'object' && input !== null && 'prompt' in input ? input.prompt : input;
  const content = typeof prompt === 'string' ? prompt : JSON.stringify(input ?? null, null, 2);
  return [{ role: 'user', content }];
}

/** Servers differ in whether they honour a response format, so the schema is said in words as well. */
function systemPromptOf(
  settings: LlmSettings,
  schema: AgentTask['outputSchema'],
  known: string | null,
): string | undefined {
  const rule =
    schema &&
    `Answer with one JSON value and nothing else. It must satisfy this JSON Schema:\n${JSON.stringify(schema)}`;
  const parts = [settings.systemPrompt, known, rule].filter(Boolean);
  return parts.length > 0 ? parts.join('\n\n') : undefined;
}

/** The JSON of an answer, also when the model wrapped it in a code fence. */
function structured(text: string): unknown {
  const fenced = /```(?:json)?\s*([\s\S]*?)```/i.exec(text)?.[1];
  for (const candidate of [text, fenced]) {
    const read = candidate === undefined ? undefined : readJson(candidate, ANSWER_LIMITS);
    if (read?.ok) return read.value;
    if (read && read.problem.code !== 'SYNTAX') {
      throw new AgentFailure('INVALID_OUTPUT', `The model’s answer: ${read.problem.message}.`, { retryable: true });
    }
  }
  throw new AgentFailure('INVALID_OUTPUT', 'The model did not answer with JSON.', { retryable: true });
}

function usageOf(usage: LanguageModelUsage, settings: LlmSettings): AgentUsage {
  const inputTokens = usage.inputTokens ?? 0;
  const outputTokens = usage.outputTokens ?? 0;
  const { inputCostPerMillionTokens: inputPrice, outputCostPerMillionTokens: outputPrice } = settings;
  const hasPrice = inputPrice !== null || outputPrice !== null;
  const costUsd = (inputTokens * (inputPrice ?? 0) + outputTokens * (outputPrice ?? 0)) / 1_000_000;
  const totalTokens = usage.totalTokens ?? inputTokens + outputTokens;
  return { inputTokens, outputTokens, totalTokens, costUsd: hasPrice ? costUsd : null };
}

async function modelOf(task: AgentTask, fetch: typeof globalThis.fetch): Promise<LanguageModel> {
  const settings = task.configuration as LlmSettings;
  const apiKey = typeof task.secrets['apiKey'] === 'string' ? task.secrets['apiKey'] : undefined;
  if (settings.provider === 'ANTHROPIC') {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    // An empty key keeps the library from looking for one in the environment of the process.
    return createAnthropic({ baseURL: settings.baseUrl ?? undefined, apiKey: apiKey ?? '', fetch })(settings.model);
  }
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const baseURL = (settings.baseUrl ?? '').replace(/\/+$/, '');
  const provider = createOpenAICompatible({
    name: 'model',
    baseURL,
    apiKey,
    fetch,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  return provider(settings.model);
}

function retryAfterMs(headers: Readonly<Record<string, string>> | undefined): number | undefined {
  const seconds = Number(headers?.['retry-after']);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, 600_000) : undefined;
}

async function toFailure(error: unknown): Promise<AgentFailure | ServiceAwayError> {
  const { APICallError } = await import('ai');
  if (error instanceof AgentFailure || error instanceof ServiceAwayError) return error;
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof GuardedHttpError) return connectionFailure(at);
  }
  if (APICallError.isInstance(error)) {
    const status = error.statusCode;
    const retryable = status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
    const message = `The model’s server answered ${status ?? 'nothing usable'}: ${error.message}`;
    return new AgentFailure('MODEL', message, {
      retryable,
      retryAfterMs: retryAfterMs(error.responseHeaders),
      isFault: status === undefined || status === 408 || status >= 500,
      isUnanswered: status === 429,
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message : 'The model failed.';
  return new AgentFailure('MODEL', message, { retryable: true, cause: error });
}

async function stream(
  task: AgentTask,
  http: GuardedHttp,
  signal: AbortSignal,
  emit: (delta: string) => void,
): Promise<AgentResult> {
  const settings = task.configuration as LlmSettings;
  const { jsonSchema, Output, stepCountIs, streamText } = await import('ai');
  const use = task.context ? (settings.contextUse ?? 'NONE') : 'NONE';
  const known = task.context && use === 'PROMPT' ? await promptOf(task.context) : null;
  const tools = task.context && use === 'TOOLS' ? await toolsOf(task.context) : null;
  const fetch = http.fetchWith({ deadlineMs: task.timeoutMs, maxBytes: MAX_ANSWER_BYTES, signal });
  const { fullStream } = streamText({
    model: await modelOf(task, fetch),
    system: systemPromptOf(settings, task.outputSchema, known),
    messages: messagesOf(task.input),
    temperature: settings.temperature ?? undefined,
    maxOutputTokens: settings.maxOutputTokens ?? undefined,
    ...(task.outputSchema ? { output: Output.object({ schema: jsonSchema(task.outputSchema) }) } : {}),
    ...(tools && {
      tools,
      stopWhen: stepCountIs(MOST_STEPS),
      prepareStep: ({ stepNumber }) => (stepNumber === MOST_STEPS - 1 ? { toolChoice: 'none' } : {}),
    }),
    abortSignal: signal,
    // Repeating is decided by the execution's own policy.
    maxRetries: 0,
    onError: () => undefined,
  });
  // The answer is what the model says last, behind its use of tools.
  let [spoken, text] = ['', ''];
  let usage: AgentUsage | undefined;
  for await (const part of fullStream) {
    if (part.type === 'start-step') {
      text = '';
    } else if (part.type === 'text-delta') {
      spoken += part.text;
      text += part.text;
      emit(part.text);
    } else if (part.type === 'error') {
      throw part.error;
    } else if (part.type === 'abort') {
      throw new AgentFailure('ABORTED', 'The call was stopped.', { retryable: false });
    } else if (part.type === 'finish') {
      usage = usageOf(part.totalUsage, settings);
      if (part.finishReason === 'content-filter') {
        throw new AgentFailure('MODEL', 'The model refused to answer (content filter).', { retryable: false });
      }
    }
  }
  return { output: task.outputSchema ? structured(text) : { text }, outputText: spoken, usage };
}

/** A chat model behind an OpenAI-compatible or Anthropic API. The libraries load with the first such execution. */
export function createLlmRunner(http: GuardedHttp): AgentRunner {
  return {
    kind: 'LLM',
    run: async (task, { signal, emit }) => {
      try {
        return await stream(task, http, signal, emit);
      } catch (error) {
        throw await toFailure(error);
      }
    },
  };
}
