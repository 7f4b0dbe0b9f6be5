import { requestDigest } from '@flowmesh/platform/idempotency';
import { ServiceAwayError } from '@flowmesh/platform/services';
import type { ToolModelMessage, ToolSet } from 'ai';
import { AgentFailure } from '../agent-failure.ts';
import { ToolFailure, toldAnswer, type AgentTool } from './agent-tool.ts';
import type { ToolCall } from './model-answer.ts';
import type { Asking } from './models.ts';

const UNKNOWN =
  'An earlier attempt was interrupted in this call: it is not known whether it was done, and it is not done again.';

/** What models are told of tools. */
export async function toolSetOf(tools: readonly AgentTool[]): Promise<ToolSet> {
  const { jsonSchema, tool } = await import('ai');
  return Object.fromEntries(
    tools.map(({ name, description, inputSchema }) => [
      name,
      tool({ description, inputSchema: jsonSchema(inputSchema) }),
    ]),
  );
}

/** The tools of one attempt. A tool that fails is an answer for the model; a budget that is used up ends the attempt. */
export class ToolCalls {
  private readonly tools: ReadonlyMap<string, AgentTool>;
  private readonly repeated = new Map<string, number>();
  private made = 0;

  constructor(
    tools: readonly AgentTool[],
    private readonly most: number,
    private readonly asking: Asking,
  ) {
    this.tools = new Map(tools.map((tool) => [tool.name, tool]));
  }

  /** No more may be made. */
  get areUsedUp(): boolean {
    return this.made >= this.most;
  }

  /** Makes calls at the same time; throws when all have ended and one of them must end the attempt. */
  async make(calls: readonly ToolCall[]): Promise<ToolModelMessage> {
    const results = await Promise.allSettled(calls.map((call) => this.answerTo(call)));
    const content = results.map((result, at) => {
      if (result.status === 'rejected') throw result.reason;
      const { id, name } = calls[at] as ToolCall;
      const value = toldAnswer(result.value) as never;
      return { type: 'tool-result' as const, toolCallId: id, toolName: name, output: { type: 'json' as const, value } };
    });
    return { role: 'tool', content };
  }

  private async answerTo({ name, input }: ToolCall): Promise<unknown> {
    const tool = this.tools.get(name);
    if (!tool) return { error: `There is no tool ${name}.` };
    this.made += 1;
    if (this.made > this.most) return { error: `There are at most ${this.most} calls. Answer with what you know.` };
    const key = this.keyOf(name, input);
    const { calls } = this.asking.task;
    const earlier = await calls.earlier(key);
    if (earlier?.status === 'COMPLETED') return earlier.output;
    if (earlier && !tool.isRepeatable) return { error: UNKNOWN };
    return this.callTool(tool, input, key);
  }

  private async callTool(tool: AgentTool, input: unknown, key: string): Promise<unknown> {
    const { task, signal, endsAt } = this.asking;
    const remainingMs = Math.max(1, endsAt - performance.now());
    const milliseconds = tool.timeoutMs === 0 ? 0 : Math.min(tool.timeoutMs, remainingMs);
    const most = { tokens: 0, costUsd: 0, milliseconds };
    const call = await task.calls.begin({ kind: 'TOOL', name: tool.name, input, most, idempotencyKey: key });
    const deadline = AbortSignal.timeout(Math.ceil(tool.timeoutMs === 0 ? remainingMs : call.milliseconds));
    try {
      const answer = toldAnswer(await tool.run(input, { key, signal: AbortSignal.any([signal, deadline]) }));
      await call.end({ output: answer });
      return answer;
    } catch (error) {
      const { code, message } = toProblem(error, signal.aborted, deadline.aborted);
      await call.end({ error: { code, message } });
      if (signal.aborted) throw error;
      return { error: message };
    }
  }

  /** The same for the same call in each attempt, and another one for each repetition in an attempt. */
  private keyOf(name: string, input: unknown): string {
    const call = `${name}:${requestDigest({ input })}`;
    const nth = (this.repeated.get(call) ?? 0) + 1;
    this.repeated.set(call, nth);
    return `${this.asking.task.executionId}:${call}:${nth}`;
  }
}

function toProblem(error: unknown, isStopped: boolean, isLate: boolean): { code: string; message: string } {
  if (isStopped) return { code: 'ABORTED', message: 'The call was ended.' };
  if (error instanceof ToolFailure || error instanceof AgentFailure) return error;
  if (isLate) return { code: 'TIMEOUT', message: 'The tool took too long.' };
  if (error instanceof ServiceAwayError) {
    return { code: 'UNAVAILABLE', message: 'What the tool needs cannot be reached at the moment.' };
  }
  throw error;
}
