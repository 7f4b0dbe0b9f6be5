import type { GuardedHttp } from '@flowmesh/platform/http';
import type { PolicyChain } from '@flowmesh/platform/resilience';
import { BUDGET_EXCEEDED } from '../../../calls/call-log.ts';
import type { CallUsage } from '../../../calls/call-record.ts';
import { tokenCount, tokenSum } from '../../../calls/token-count.ts';
import { AgentFailure, AgentWaits } from '../agent-failure.ts';
import type { AgentTask } from '../agent-runner.ts';
import { callProtected } from '../protected-runner.ts';
import { candidatesOf, type Candidate, type LlmSettings } from './llm-settings.ts';
import { askModel, type Question, type Said } from './model-answer.ts';
import { mayFallBack, modelFailure } from './model-failure.ts';
import { costOf, priceOf, type ModelPrices } from './model-prices.ts';
import { mostTokensOf } from './prompt.ts';

/** What an answer is taken to have at most where the agent does not say. */
const MOST_OUTPUT_TOKENS = 4_096;

export interface ModelParts {
  readonly http: GuardedHttp;
  readonly chain: PolicyChain;
  readonly prices: ModelPrices;
}

/** What one attempt asks. */
export interface Asking {
  readonly task: AgentTask;
  readonly signal: AbortSignal;
  readonly emit: (delta: string) => void;
  /** When the attempt has to be over, as of `performance.now()`. */
  readonly endsAt: number;
}

export type Asked = Omit<Question, 'temperature' | 'maxOutputTokens'>;

export interface Answered extends Said {
  readonly used: CallUsage;
}

/**
 * Asks the models of an agent in turn, until one answers: the next one is asked when the one before is overloaded, broken or
 * slow, and has said nothing yet. Each call is recorded, and charged to budgets.
 */
export async function askModels(parts: ModelParts, asking: Asking, asked: Asked): Promise<Answered> {
  const candidates = candidatesOf(asking.task);
  let failure: AgentFailure | undefined;
  const waits: AgentWaits[] = [];
  for (const [at, candidate] of candidates.entries()) {
    let hasSpoken = false;
    const emit = (delta: string) => {
      hasSpoken ||= delta !== '';
      asking.emit(delta);
    };
    try {
      return await askCandidate(parts, { ...asking, emit }, candidate, asked, candidates.length - at);
    } catch (error) {
      if (asking.signal.aborted || hasSpoken || !mayFallBack(error)) throw error;
      if (error instanceof AgentWaits) waits.push(error);
      else failure = error as AgentFailure;
    }
  }
  if (failure) throw failure;
  const [first] = [...waits].sort((one, other) => one.forMs - other.forMs);
  throw first ?? new Error('An agent has no model.');
}

/** `left`: models that can still be asked, this one included. Each has its share of the time to begin to answer. */
async function askCandidate(
  { http, chain, prices }: ModelParts,
  { task, signal, emit, endsAt }: Asking,
  candidate: Candidate,
  asked: Asked,
  left: number,
): Promise<Answered> {
  const standing = await chain.standing(candidate.circuit);
  if (standing.calls === 'MUST_WAIT') throw new AgentWaits('Recent calls have failed.', standing.forMs);
  const { temperature, maxOutputTokens } = task.configuration as LlmSettings;
  const price = priceOf(candidate, prices);
  const inputTokens = mostTokensOf(asked.system, asked.messages, toolTexts(asked), asked.schema);
  const most = inputTokens + (maxOutputTokens ?? MOST_OUTPUT_TOKENS);
  const remainingMs = Math.max(1, endsAt - performance.now());
  const call = await task.calls.begin({
    kind: 'MODEL',
    name: candidate.model,
    input: { ...(asked.system !== undefined && { system: asked.system }), messages: asked.messages },
    most: { tokens: most, costUsd: costOf(price, inputTokens, most - inputTokens), milliseconds: remainingMs },
  });
  const question: Question = {
    ...asked,
    temperature: temperature ?? undefined,
    // What is reserved is the most that it may say.
    maxOutputTokens: maxOutputTokens ?? (call.isBounded ? MOST_OUTPUT_TOKENS : undefined),
  };
  const timeUp = new AbortController();
  const timers = [setTimeout(() => timeUp.abort('budget'), Math.ceil(call.milliseconds) + 1)];
  if (call.milliseconds >= remainingMs) clearTimeout(timers[0]);
  if (left > 1) timers.push(setTimeout(() => timeUp.abort('slow'), remainingMs / left));
  let heardBytes: number | null = null;
  const heard = (text: string) => {
    clearTimeout(timers[1]);
    heardBytes = (heardBytes ?? 0) + Buffer.byteLength(text);
    if (text !== '') emit(text);
  };
  try {
    const said = await callProtected(chain, {
      key: candidate.circuit,
      timeoutMs: Math.ceil(remainingMs),
      signal,
      work: async (inner) => {
        const hearing = AbortSignal.any([inner, timeUp.signal]);
        try {
          return await askModel(http, candidate, question, { signal: hearing, deadlineMs: remainingMs, heard });
        } catch (error) {
          throw timeUp.signal.aborted ? timeUpFailure(timeUp.signal.reason === 'budget') : await modelFailure(error);
        }
      },
    });
    const used = usageOf(said, price, inputTokens);
    const { text, toolCalls } = said;
    await call.end({ output: { text, ...(toolCalls.length > 0 && { toolCalls }) }, usage: used });
    return { ...said, used };
  } catch (error) {
    const { code, message } = problemOf(error);
    const said = heardBytes === null ? 0 : Math.ceil(heardBytes / 2);
    const isUnknown = heardBytes !== null || timeUp.signal.aborted || signal.aborted;
    // Nobody says what it has used: what was asked, and what was heard.
    const use = { inputTokens, outputTokens: said, totalTokens: tokenSum([inputTokens, said]) };
    const usage = { ...use, costUsd: costOf(price, inputTokens, said) };
    await call.end({ error: { code, message }, ...(isUnknown && { usage }) });
    throw error;
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

const timeUpFailure = (isBudget: boolean): AgentFailure =>
  isBudget
    ? new AgentFailure(BUDGET_EXCEEDED, 'The time that a budget allows is used up.', { retryable: false })
    : new AgentFailure('TIMEOUT', 'The model did not begin to answer in time.', { retryable: true, isFault: true });

function problemOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof AgentFailure) return error;
  if (error instanceof AgentWaits) return { code: 'CIRCUIT_OPEN', message: error.message };
  return { code: 'ABORTED', message: 'The call was ended.' };
}

const toolTexts = ({ tools }: Asked) =>
  Object.entries(tools).map(([name, { description, inputSchema }]) => ({ name, description, inputSchema }));

/** As the API says; what it does not say, or says wrong, is taken to be what was expected at most. */
function usageOf({ usage, text, toolCalls }: Said, price: ReturnType<typeof priceOf>, expected: number): CallUsage {
  const total = tokenCount(usage.totalTokens);
  const isSaid = total !== undefined || tokenCount(usage.inputTokens) !== undefined;
  const countOf = (said: number | undefined, most: number) =>
    tokenCount(said) ?? (isSaid && said === undefined ? 0 : most);
  const inputTokens = countOf(usage.inputTokens, expected);
  const outputTokens = countOf(usage.outputTokens, mostTokensOf(text, toolCalls));
  // Budgets are charged with the total, which may not be less than its parts.
  const totalTokens = Math.max(total ?? 0, tokenSum([inputTokens, outputTokens]));
  return { inputTokens, outputTokens, totalTokens, costUsd: costOf(price, inputTokens, outputTokens) };
}
