import { validateAgainst } from '@flowmesh/platform/json-schema';
import type { ModelMessage } from 'ai';
import { sumOf } from './model-prices.ts';
import type { CallUsage } from '../../../calls/call-record.ts';
import { AgentFailure } from '../agent-failure.ts';
import type { AgentResult, AgentRunner, AgentTask } from '../agent-runner.ts';
import type { AgentTool } from './agent-tool.ts';
import { contextTools, promptOf } from './context-tools.ts';
import { DEFAULT_STEPS, DEFAULT_TOOL_CALLS, type LlmSettings } from './llm-settings.ts';
import { askModels, type Answered, type Asked, type Asking, type ModelParts } from './models.ts';
import { memoryOf } from './memory.ts';
import { lastWordsOf, messagesOf, repairMessage, structured, systemPromptOf } from './prompt.ts';
import { ToolCalls, toolSetOf } from './tool-calls.ts';

/** A conversation with a model, as far as it has gone in this attempt. */
interface Conversation {
  readonly asked: Omit<Asked, 'messages' | 'withoutTools'>;
  readonly messages: ModelMessage[];
  readonly used: CallUsage[];
}

/** What the conversation needs of the outside. */
export type LlmParts = ModelParts;

async function ask(parts: LlmParts, asking: Asking, talk: Conversation, withoutTools: boolean): Promise<Answered> {
  const said = await askModels(parts, asking, { ...talk.asked, messages: talk.messages, withoutTools });
  talk.messages.push(...said.messages);
  talk.used.push(said.used);
  return said;
}

/** Asks until the model answers without calling tools; its last words. */
async function converse(parts: LlmParts, asking: Asking, talk: Conversation, tools: readonly AgentTool[]) {
  const { maxSteps = DEFAULT_STEPS, maxToolCalls = DEFAULT_TOOL_CALLS } = asking.task.configuration as LlmSettings;
  const calls = new ToolCalls(tools, maxToolCalls, asking);
  for (let step = 1; step <= maxSteps; step += 1) {
    const { text, toolCalls, messages } = await ask(parts, asking, talk, step === maxSteps || calls.areUsedUp);
    const hasMistakes = messages.some(({ role }) => role === 'tool');
    if (toolCalls.length === 0 && !hasMistakes) return text;
    if (toolCalls.length > 0) talk.messages.push(await calls.make(toolCalls));
  }
  throw new AgentFailure('MODEL', `The model has not come to an answer in ${maxSteps} steps.`, { retryable: true });
}

/** What is wrong with an answer, or its value. */
async function checked(text: string, { outputSchema, startedById }: AgentTask) {
  const read = structured(text);
  if ('problem' in read || !outputSchema) return read;
  const problems = await validateAgainst(outputSchema, read.value, { owner: startedById });
  if (problems.length === 0) return read;
  const list = problems.slice(0, 5).map(({ path, message }) => `${path || 'output'} ${message}`);
  return { problem: `The output breaks the output schema: ${list.join('; ')}.` };
}

/** The value of an answer. A wrong one is told to the model, once. */
async function valueOf(parts: LlmParts, asking: Asking, talk: Conversation, text: string): Promise<unknown> {
  const first = await checked(text, asking.task);
  if ('value' in first) return first.value;
  talk.messages.push(repairMessage(first.problem));
  const { text: repaired } = await ask(parts, asking, talk, true);
  const second = await checked(repaired, asking.task);
  if ('value' in second) return second.value;
  throw new AgentFailure('INVALID_OUTPUT', second.problem, { retryable: true });
}

async function run(parts: LlmParts, task: AgentTask, signal: AbortSignal, emit: (delta: string) => void) {
  const settings = task.configuration as LlmSettings;
  let spoken = '';
  const asking: Asking = {
    task,
    signal,
    endsAt: performance.now() + task.timeoutMs,
    emit: (delta) => {
      spoken += delta;
      emit(delta);
    },
  };
  const use = task.context ? (settings.contextUse ?? 'NONE') : 'NONE';
  const known = task.context && use === 'PROMPT' ? await promptOf(task.context) : null;
  const ofContext = task.context && use === 'TOOLS' ? await contextTools(task.context) : [];
  const tools = [...ofContext, ...(await task.tools(settings))];
  const memory = task.context && settings.memory ? await memoryOf(task.context, settings.memory) : null;
  const asked = messagesOf(task.input);
  const talk: Conversation = {
    asked: {
      system: systemPromptOf(settings.systemPrompt, task.outputSchema, known),
      tools: await toolSetOf(tools),
      schema: task.outputSchema,
    },
    messages: [...(memory?.messages ?? []), ...asked],
    used: [],
  };
  const text = await converse(parts, asking, talk, tools);
  const output = task.outputSchema ? await valueOf(parts, asking, talk, text) : { text };
  await memory?.add(task.executionId, lastWordsOf(asked), task.outputSchema ? JSON.stringify(output) : text);
  return { output, outputText: spoken, usage: sumOf(talk.used) } satisfies AgentResult;
}

/** A chat model behind an OpenAI-compatible or Anthropic API. The libraries load with the first such execution. */
export const createLlmRunner = (parts: LlmParts): AgentRunner => ({
  kind: 'LLM',
  run: (task, { signal, emit }) => run(parts, task, signal, emit),
});
