import type { ModelMessage } from 'ai';
import type { AgentContext } from '../../contexts/agent-context.ts';
import type { MemorySettings } from './llm-settings.ts';

/** Of each message. */
const MOST_CHARACTERS = 20_000;
/** Messages of one execution: what it was asked, and what it answered. */
const MESSAGES_OF_TURN = 2;

interface Turn {
  readonly at: string;
  readonly user: string;
  readonly assistant: string;
}

/** What was said in the executions of a context. Each adds one turn under its own id: they cannot overwrite each other. */
export interface Memory {
  /** The last messages, the oldest first. */
  readonly messages: readonly ModelMessage[];
  /** Adds what this execution was asked, and has answered; once. */
  add(executionId: string, user: string, assistant: string): Promise<void>;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTurn = (value: unknown): value is Turn =>
  isObject(value) && ['at', 'user', 'assistant'].every((name) => typeof value[name] === 'string');

/** Turns by the ids of their executions, the oldest first. What others have put there is not taken for turns. */
function turnsOf(value: unknown, layer: string): [string, Turn][] {
  const stored = isObject(value) ? value[layer] : undefined;
  if (!isObject(stored)) return [];
  const turns = Object.entries(stored).flatMap(([id, turn]): [string, Turn][] => (isTurn(turn) ? [[id, turn]] : []));
  return turns.sort(([oneId, one], [otherId, other]) => compare(one.at, other.at) || compare(oneId, otherId));
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** The conversation of a context as it was when the execution began. */
export async function memoryOf(context: AgentContext, { layer, maxMessages }: MemorySettings): Promise<Memory> {
  const turns = turnsOf(await context.value(), layer);
  const most = Math.floor(maxMessages / MESSAGES_OF_TURN);
  const messages = turns.slice(-most).flatMap(([, { user, assistant }]): ModelMessage[] => [
    { role: 'user', content: user },
    { role: 'assistant', content: assistant },
  ]);
  return {
    messages,
    async add(executionId, user, assistant) {
      if (!(await context.isWritable())) return;
      // With this turn there are as many as are kept.
      const forgotten = turns.slice(0, Math.max(0, turns.length + 1 - most)).map(([id]) => [id, null] as const);
      const turn: Turn = {
        at: new Date().toISOString(),
        user: user.slice(0, MOST_CHARACTERS),
        assistant: assistant.slice(0, MOST_CHARACTERS),
      };
      await context.remember(layer, { [layer]: { ...Object.fromEntries(forgotten), [executionId]: turn } });
    },
  };
}
