import { readJson } from '@flowmesh/platform/json';
import type { ModelMessage } from 'ai';
import { z } from 'zod';
import { ANSWER_LIMITS } from '../answer-limits.ts';
import type { AgentTask } from '../agent-runner.ts';

const conversation = z.object({
  messages: z
    .array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() }))
    .min(1)
    .max(1_000),
});

/** `{messages}` as they are; a string or `{prompt}` as what the user says; anything else as JSON. */
export function messagesOf(input: unknown): ModelMessage[] {
  const { data } = conversation.safeParse(input);
  if (data) return data.messages;
  const prompt = typeof input === 'object' && input !== null && 'prompt' in input ? input.prompt : input;
  const content = typeof prompt === 'string' ? prompt : JSON.stringify(input ?? null, null, 2);
  return [{ role: 'user', content }];
}

/** What the user says last, as it is remembered. */
export function lastWordsOf(messages: readonly ModelMessage[]): string {
  const content = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  return typeof content === 'string' ? content : JSON.stringify(content);
}

/** Servers differ in whether they honour a response format, so the schema is said in words as well. */
export function systemPromptOf(
  systemPrompt: string | null,
  schema: AgentTask['outputSchema'],
  known: string | null,
): string | undefined {
  const rule =
    schema &&
    `Answer with one JSON value and nothing else. It must satisfy this JSON Schema:\n${JSON.stringify(schema)}`;
  const parts = [systemPrompt, known, rule].filter(Boolean);
  return parts.length > 0 ? parts.join('\n\n') : undefined;
}

export type Structured = { readonly value: unknown } | { readonly problem: string };

/** The JSON of an answer, also when the model wrapped it in a code fence. */
export function structured(text: string): Structured {
  const fenced = /```(?:json)?\s*([\s\S]*?)```/i.exec(text)?.[1];
  for (const candidate of [text, fenced]) {
    const read = candidate === undefined ? undefined : readJson(candidate, ANSWER_LIMITS);
    if (read?.ok) return { value: read.value };
    if (read && read.problem.code !== 'SYNTAX') return { problem: `The model’s answer: ${read.problem.message}.` };
  }
  return { problem: 'The model did not answer with JSON.' };
}

/** Asks for another answer. */
export const repairMessage = (problem: string): ModelMessage => ({
  role: 'user',
  content: `Your answer cannot be used: ${problem} Answer again, with the corrected JSON value and nothing else.`,
});

/** How many tokens a text has at most, as far as it can be told without the model: two bytes are one. */
export const mostTokensOf = (...parts: readonly unknown[]): number =>
  Math.ceil(Buffer.byteLength(parts.map((part) => JSON.stringify(part) ?? '').join('')) / 2) + 16;
