import type { StoredEvent } from '@flowmesh/platform/events';
import { z } from 'zod';
import { LOG_LEVELS, type LogLine } from '../../logs/log-line.ts';
import type { Engine } from '../engine/engine.ts';

/** The agent service sends it for each call of a model or a tool that an agent has made for a step. */
export const AGENT_CALLED = 'agent.execution.called';

/** It sends this for lines that an agent has written meanwhile. */
export const AGENT_SAID = 'agent.execution.said';

/** `<execution>:<step>:<attempt>`, see `idempotencyKeyOf`. */
const key = z.string().regex(/^[^:]+:.+:\d+\.\d+$/);

const shape = z.object({
  executionId: z.string(),
  idempotencyKey: key,
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
  const { executionId, stepId } = stepOf(call.idempotencyKey);
  await engine.apply(executionId, { kind: 'log', stepId, lines: [lineOf(call, stepId, event.occurredAt)] });
}

const saidShape = z.object({
  executionId: z.string(),
  idempotencyKey: key,
  lines: z.array(
    z.object({
      time: z.coerce.date(),
      level: z.enum(LOG_LEVELS),
      message: z.string(),
      data: z.record(z.string(), z.unknown()).optional(),
      origin: z.string(),
    }),
  ),
});

/** Writes lines of agents into the logs of the execution for which they work. A repeated event changes nothing. */
export async function logAgentLines(engine: Pick<Engine, 'apply'>, event: StoredEvent): Promise<void> {
  const said = saidShape.safeParse(event.payload).data;
  if (!said) return;
  const { executionId, stepId } = stepOf(said.idempotencyKey);
  const about = { stepId, attempt: null, agentExecutionId: said.executionId, source: 'AGENT' as const };
  const lines = said.lines.map(({ data = null, ...line }) => ({ ...about, ...line, data }));
  await engine.apply(executionId, { kind: 'log', stepId, lines });
}

function stepOf(idempotencyKey: string): { readonly executionId: string; readonly stepId: string } {
  const executionId = idempotencyKey.slice(0, idempotencyKey.indexOf(':'));
  return { executionId, stepId: idempotencyKey.slice(executionId.length + 1, idempotencyKey.lastIndexOf(':')) };
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
