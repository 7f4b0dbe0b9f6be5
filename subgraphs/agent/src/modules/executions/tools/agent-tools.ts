import type { JSONSchema7 } from 'ai';
import type { AgentRecord } from '../../agents/agent-record.ts';
import { hasEnded, type ExecutionRecord } from '../execution-record.ts';
import { AgentFailure } from '../kinds/agent-failure.ts';
import { ToolFailure, type AgentTool } from '../kinds/llm/agent-tool.ts';
import type { AgentToolSettings } from '../kinds/llm/llm-settings.ts';

/** Agents below the first one. */
const MOST_LEVELS = 3;
/** Reasons of an end of an attempt that another one continues: what it began is found again. */
const CONTINUED: readonly unknown[] = ['process ends', 'lease lost'];

/** Gives work to agents for others, with the rights of whoever started the execution above. */
export interface WorkBelow {
  /** Null for one that the starter may not see. */
  agent(parent: ExecutionRecord, agentId: string): Promise<AgentRecord | null>;
  /** The JSON Schema of its input; null for anything. */
  inputSchema(agent: AgentRecord): Promise<Record<string, unknown> | null>;
  /** The same for the same key. Throws `ToolFailure` when it is refused. */
  begin(parent: ExecutionRecord, agentId: string, input: unknown, key: string): Promise<ExecutionRecord>;
  /** The execution at its end; rejects when the signal aborts. */
  untilEnd(execution: ExecutionRecord, signal: AbortSignal): Promise<ExecutionRecord>;
  stop(execution: ExecutionRecord, reason: string): Promise<void>;
}

/** Another agent as a tool; none when it would work below itself, or too far below the first one. */
export async function agentTool(
  work: WorkBelow,
  execution: ExecutionRecord,
  { agentId, name, description }: AgentToolSettings,
): Promise<AgentTool | null> {
  const above = [...execution.ancestorAgentIds, execution.agentId];
  if (above.length > MOST_LEVELS || above.includes(agentId)) return null;
  const agent = await work.agent(execution, agentId);
  if (!agent) {
    const message = `A tool cannot be used: there is no agent ${agentId}, or whoever started the execution may not use it.`;
    throw new AgentFailure('TOOL_NOT_FOUND', message, { retryable: false });
  }
  const schema = (await work.inputSchema(agent)) as JSONSchema7 | null;
  const takesObject = schema?.type === 'object';
  return {
    name,
    description: description ?? agent.description ?? agent.name,
    inputSchema: takesObject
      ? schema
      : { type: 'object', properties: { input: schema ?? {} }, required: ['input'], additionalProperties: false },
    timeoutMs: 0,
    // The execution is found again by its key.
    isRepeatable: true,
    async run(input, { key, signal }) {
      const given = takesObject ? input : (input as { readonly input?: unknown } | null)?.input;
      const begun = await work.begin(execution, agentId, given, key);
      try {
        return outcomeOf(await work.untilEnd(begun, signal));
      } catch (error) {
        if (signal.aborted && !CONTINUED.includes(signal.reason)) {
          await work.stop(begun, 'The agent that gave the work does not wait for it any more.');
        }
        throw error;
      }
    },
  };
}

function outcomeOf({ status, output, error, stopReason }: ExecutionRecord): unknown {
  if (!hasEnded(status)) throw new Error('An execution was taken to have ended.');
  if (status === 'COMPLETED') return output;
  if (status === 'STOPPED') throw new ToolFailure('STOPPED', `The agent was stopped. ${stopReason ?? ''}`.trim());
  throw new ToolFailure(error?.code ?? 'FAILED', error?.message ?? 'The agent failed.');
}
