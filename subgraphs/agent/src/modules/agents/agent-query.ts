import type { AgentKind, AgentStatus } from './agent-record.ts';

/** Which agents a list shows; what is left out does not matter. */
export interface AgentFilter {
  /** Part of the name or description, in any case. */
  readonly search?: string | null;
  readonly type?: string | null;
  readonly kind?: AgentKind | null;
  readonly status?: AgentStatus | null;
  /** All of these. */
  readonly capabilities?: readonly string[] | null;
  /** All of these. */
  readonly tags?: readonly string[] | null;
  readonly ownerId?: string | null;
}

export interface AgentOrder {
  readonly field?: 'CREATED_AT' | 'UPDATED_AT' | 'NAME';
  readonly direction?: 'ASC' | 'DESC';
}
