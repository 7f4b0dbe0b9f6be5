import type { CallLog } from '../../calls/call-log.ts';
import type { AgentContext } from '../contexts/agent-context.ts';
import type { AgentLine } from '../lines/agent-line.ts';
import type { AgentKind } from '../../agents/agent-record.ts';
import type { AgentTool } from './llm/agent-tool.ts';
import type { LlmSettings } from './llm/llm-settings.ts';
import type { AgentUsage } from '../execution-record.ts';

/** One attempt at a piece of work. */
export interface AgentTask {
  readonly executionId: string;
  readonly agentId: string;
  /** The user who had it executed. */
  readonly startedById: string;
  /** From 1. */
  readonly attempt: number;
  readonly input: unknown;
  /** The context that the execution was given. */
  readonly context: AgentContext | null;
  /** Records calls of models and tools, which budgets may refuse. */
  readonly calls: Pick<CallLog, 'begin' | 'earlier'>;
  /** The tools of a model that need other parts of the product. */
  readonly tools: (settings: LlmSettings) => Promise<AgentTool[]>;
  /** Settings of the kind as stored, and its secrets, opened. */
  readonly configuration: unknown;
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly outputSchema: Record<string, unknown> | null;
  /** Time this attempt has. `signal` aborts when it is over. */
  readonly timeoutMs: number;
}

export interface AgentResult {
  /** JSON. */
  readonly output: unknown;
  /** The whole text of an agent that spoke; what was emitted when absent. */
  readonly outputText?: string;
  readonly usage?: AgentUsage;
}

export interface RunControls {
  /** Aborts when the execution is stopped, times out or loses its lease: end all outgoing work at once. */
  readonly signal: AbortSignal;
  /** Passes on text as it is produced. Never waits. */
  emit(delta: string): void;
  /** Writes a line into the logs of the workflow for which it works, if it does for one. Never waits. */
  log(line: AgentLine): void;
}

/**
 * How agents of one kind do their work. To add a kind: a file here that exports an `AgentRunner`, a line in
 * `runners.ts`, its settings in `agents/configurations/`, and the enum value and types in the schema.
 */
export interface AgentRunner {
  readonly kind: AgentKind;
  /** Does the work once. Throws `AgentFailure` (agent-failure.ts) for what went wrong outside of the product. */
  run(task: AgentTask, controls: RunControls): Promise<AgentResult>;
}
