/** INACTIVE: switched off by its owner. ERROR: its last health checks failed. Only ACTIVE ones take work. */
export type AgentStatus = 'ACTIVE' | 'INACTIVE' | 'ERROR';
export type AgentKind = 'BUILTIN' | 'HTTP' | 'LLM' | 'MCP' | 'A2A';

/** How often and how fast a failed attempt is repeated. */
export interface RetryRules {
  readonly maxAttempts: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly multiplier: number;
}

/** What users decide about an agent. */
export interface AgentValues {
  readonly name: string;
  readonly type: string;
  readonly description: string | null;
  readonly capabilities: readonly string[];
  readonly inputSchema: Record<string, unknown> | null;
  readonly outputSchema: Record<string, unknown> | null;
  readonly kind: AgentKind;
  /** Settings of the kind, without secrets; see configurations/. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Secrets of the kind, encrypted together with the context `agent:<id>`. */
  readonly sealedSecrets: string | null;
  readonly timeoutSeconds: number;
  readonly retryPolicy: RetryRules;
  readonly concurrencyLimit: number;
  readonly tags: readonly string[];
  readonly metadata: Record<string, unknown>;
  /** It tells itself that it is there, and is not checked. */
  readonly heartbeat: boolean;
}

/** An agent as the domain sees it. */
export interface AgentRecord extends AgentValues {
  readonly id: string;
  readonly ownerId: string;
  /** From which it was registered. */
  readonly preset: string | null;
  readonly version: number;
  readonly status: AgentStatus;
  readonly healthCheckedAt: Date | null;
  readonly healthSucceededAt: Date | null;
  /** Since the last success. */
  readonly healthFailures: number;
  readonly healthLatencyMs: number | null;
  readonly healthError: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A type in use. */
export interface AgentTypeRecord {
  readonly name: string;
  readonly agentCount: number;
  readonly activeCount: number;
  readonly capabilities: string[];
}
