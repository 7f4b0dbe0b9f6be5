import { createParser } from 'eventsource-parser';
import { readJson } from '@flowmesh/platform/json';
import { z } from 'zod';
import { tokenCount, tokenSum } from '../../calls/token-count.ts';
import { ANSWER_LIMITS } from './answer-limits.ts';
import { AgentFailure } from './agent-failure.ts';
import { lineOf } from '../lines/agent-line.ts';
import type { AgentResult, RunControls } from './agent-runner.ts';
import type { AgentUsage } from '../execution-record.ts';

const tokens = z
  .number()
  .min(0)
  .transform((said) => tokenCount(said) ?? 0);
const usageShape = z.object({
  inputTokens: tokens,
  outputTokens: tokens,
  totalTokens: tokens.optional(),
  costUsd: z.number().min(0).nullish(),
});
const envelope = z.strictObject({ output: z.unknown(), usage: z.unknown().optional() });
const agentError = z.object({ message: z.string().optional(), retryable: z.boolean().optional() });

function usageOf(value: unknown): AgentUsage | undefined {
  const { data } = usageShape.safeParse(value);
  if (!data) return undefined;
  const totalTokens = data.totalTokens ?? tokenSum([data.inputTokens, data.outputTokens]);
  return { inputTokens: data.inputTokens, outputTokens: data.outputTokens, totalTokens, costUsd: data.costUsd ?? null };
}

/** `{output, usage?}`, or any JSON as the output itself. */
function resultOf(value: unknown): AgentResult {
  const isEnvelope = typeof value === 'object' && value !== null && 'output' in value;
  const { data } = isEnvelope ? envelope.safeParse(value) : { data: undefined };
  return data ? { output: data.output, usage: usageOf(data.usage) } : { output: value };
}

function parseJson(text: string): unknown {
  const read = readJson(text, ANSWER_LIMITS);
  if (read.ok) return read.value;
  const { code, message } = read.problem;
  const told = code === 'NUMBER' ? `The agent’s answer: ${message}.` : `The agent’s answer ${message}.`;
  throw new AgentFailure('INVALID_OUTPUT', told, { retryable: false });
}

/** JSON; an empty answer is null, an answer of another media type is `{text}`. */
export async function readJsonAnswer(response: Response): Promise<AgentResult> {
  const text = await response.text();
  if (text === '') return { output: null };
  const isJson = /[/+]json\b/i.test(response.headers.get('content-type') ?? 'application/json');
  return isJson ? resultOf(parseJson(text)) : { output: { text } };
}

const saidShape = z.union([z.object({ delta: z.string() }), z.object({ text: z.string() })]);

/** JSON, or the text as it stands. */
function saidJson(data: string): unknown {
  const read = readJson(data, ANSWER_LIMITS);
  return read.ok ? read.value : data;
}

/** Text of a `delta`: as it stands, a JSON string, or `{delta}` or `{text}`. */
function deltaOf(data: string): string {
  if (!/^["{]/.test(data)) return data;
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value === 'string') return value;
    const said = saidShape.safeParse(value).data;
    return said ? ('delta' in said ? said.delta : said.text) : data;
  } catch {
    return data;
  }
}

/**
 * Server-sent events: `delta` and unnamed ones carry text, `result` the JSON of a whole answer, `error` an object
 * with a message, `log` a line for the logs; `[DONE]` or the end of the stream ends it. Without a `result` the output is `{text}`.
 */
export async function readEventStream(
  response: Response,
  { emit, log }: Pick<RunControls, 'emit' | 'log'>,
): Promise<AgentResult> {
  let text = '';
  let result: AgentResult | undefined;
  let done = false;
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (done) return;
      if (data.trim() === '[DONE]') done = true;
      else if (event === 'result') result = resultOf(parseJson(data));
      else if (event === 'log') log(lineOf(saidJson(data)));
      else if (event === 'error') {
        const error = agentError.safeParse(parseJson(data)).data;
        const retryable = error?.retryable ?? false;
        throw new AgentFailure('AGENT_CODE', error?.message ?? 'The agent reported an error.', { retryable });
      } else if (event === undefined || event === 'message' || event === 'delta') {
        const delta = deltaOf(data);
        text += delta;
        emit(delta);
      }
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    // Leaving the loop closes the connection; an agent that keeps it open is not waited for.
    if (done) break;
  }
  return { ...(result ?? { output: { text } }), outputText: text };
}
