import type { StoredEvent } from '@flowmesh/platform/events';
import { z } from 'zod';
import type { LogLine } from '../../logs/log-line.ts';
import type { Engine } from '../engine/engine.ts';

/** The agent service sends it for each call of a model or a tool that an agent has made for a step. */
export const AGENT_CALLED = 'agent.execution.called';

const shape = z.object({
  executionId: z.string(),
  /** `<execution>:<step>:<attempt>`, see `idempotencyKeyOf`. */
  idempotencyKey: z.string().regex(/^[^:]+:.+:\d+\.\d+$/),
  callId: z.string(),
  kind: z.enum(['MODEL', 'TOOL']),
  name: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  latencyMs: z.number(),
  totalTokens: z.number().nullable(),
});

/** Writes calls of agents into the logs of the execution for which they work. A repeated event changes nothing. */
export async function logAgentCall(engine: Pick<Engine, 'apply'>, event: StoredEvent): Promise<void> {
  const call = shape.safeParse(event.payload).data;
  if (!call) return;
  const { idempotencyKey: key } = call;
  const executionId = key.slice(0, key.indexOf(':'));
  const stepId = key.slice(executionId.length + 1, key.lastIndexOf(':'));
  await engine.apply(executionId, { kind: 'log', stepId, lines: [lineOf(call, stepId, event.occurredAt)] });
}

function lineOf(call: z.infer<typeof shape>, stepId: string, time: Date): LogLine {
  const { executionId, callId, kind, name, error, latencyMs, totalTokens } = call;
  const what = kind === 'MODEL' ? `The model ${name}` : `The tool ${name}`;
  const message = error
    ? `${what} has failed after ${latencyMs} ms with ${error.code}: ${error.message}`
    : `${what} has answered after ${latencyMs} ms${totalTokens === null ? '.' : `, with ${totalTokens} tokens.`}`;
  const data = { callId, latencyMs, totalTokens, ...(error && { code: error.code }) };
  const about = { time, stepId, attempt: null, agentExecutionId: executionId, origin: `call:${callId}` };
  return { ...about, level: error ? 'WARN' : 'INFO', source: kind, message, data };
}
