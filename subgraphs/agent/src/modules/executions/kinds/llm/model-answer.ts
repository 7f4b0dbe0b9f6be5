import type { GuardedHttp } from '@flowmesh/platform/http';
import type { LanguageModelUsage, ModelMessage, ToolSet } from 'ai';
import { AgentFailure } from '../agent-failure.ts';
import type { AgentTask } from '../agent-runner.ts';
import type { Candidate } from './llm-settings.ts';
import { createModel } from './model-client.ts';

const MAX_ANSWER_BYTES = 20 * 1024 * 1024;

/** What a model is asked. */
export interface Question {
  readonly system: string | undefined;
  readonly messages: readonly ModelMessage[];
  readonly tools: ToolSet;
  /** It is to answer without calling one. */
  readonly withoutTools: boolean;
  readonly schema: AgentTask['outputSchema'];
  readonly temperature: number | undefined;
  readonly maxOutputTokens: number | undefined;
}

/** A tool that the model calls. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** One answer of a model. */
export interface Said {
  readonly text: string;
  /** Those that are to be made; wrong ones are answered already. */
  readonly toolCalls: readonly ToolCall[];
  /** What it has said, as part of the conversation. */
  readonly messages: readonly ModelMessage[];
  readonly usage: LanguageModelUsage;
}

export interface Hearing {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** Called with each piece of text, and with an empty one when the answer begins without text. */
  readonly heard: (text: string) => void;
}

/** Asks a model once, and hears it out. Throws what went wrong as the libraries say it. */
export async function askModel(
  http: GuardedHttp,
  candidate: Candidate,
  question: Question,
  { signal, deadlineMs, heard }: Hearing,
): Promise<Said> {
  const { jsonSchema, Output, streamText } = await import('ai');
  const { system, messages, tools, withoutTools, schema, temperature, maxOutputTokens } = question;
  const fetch = http.fetchWith({ deadlineMs, maxBytes: MAX_ANSWER_BYTES, signal });
  const hasTools = Object.keys(tools).length > 0;
  const answer = streamText({
    model: await createModel(candidate, fetch),
    system,
    messages: [...messages],
    temperature,
    maxOutputTokens,
    ...(schema ? { output: Output.object({ schema: jsonSchema(schema) }) } : {}),
    ...(hasTools && { tools, toolChoice: withoutTools ? ('none' as const) : ('auto' as const) }),
    abortSignal: signal,
    // Repeating is decided by the execution's own policy.
    maxRetries: 0,
    onError: () => undefined,
  });
  let text = '';
  let usage: LanguageModelUsage | undefined;
  const toolCalls: ToolCall[] = [];
  for await (const part of answer.fullStream) {
    if (part.type === 'text-delta') {
      text += part.text;
      heard(part.text);
    } else if (part.type === 'tool-input-start' || part.type === 'reasoning-start') {
      heard('');
    } else if (part.type === 'tool-call') {
      toolCalls.push({ id: part.toolCallId, name: part.toolName, input: part.input });
    } else if (part.type === 'error') {
      throw part.error;
    } else if (part.type === 'abort') {
      throw new AgentFailure('ABORTED', 'The call was stopped.', { retryable: false });
    } else if (part.type === 'finish') {
      usage = part.totalUsage;
      if (part.finishReason === 'content-filter') {
        throw new AgentFailure('MODEL', 'The model refused to answer (content filter).', { retryable: false });
      }
    }
  }
  if (!usage) throw new AgentFailure('MODEL', 'The model’s answer has no end.', { retryable: true, isFault: true });
  const { messages: said } = await answer.response;
  const answered = answeredCalls(said);
  return { text, usage, messages: said, toolCalls: toolCalls.filter(({ id }) => !answered.has(id)) };
}

/** Calls of tools that there are not, or with inputs that are no JSON: the library has told the model. */
function answeredCalls(messages: readonly ModelMessage[]): ReadonlySet<string> {
  const results = messages.flatMap(({ role, content }) => (role === 'tool' ? content : []));
  return new Set(results.flatMap((part) => (part.type === 'tool-result' ? [part.toolCallId] : [])));
}
