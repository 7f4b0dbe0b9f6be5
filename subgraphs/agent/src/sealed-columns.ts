import type { SealedColumn } from '@flowmesh/platform/secrets';

/** Everything that the agent service keeps sealed. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'agents', column: 'sealed_secrets', id: 'id', context: (id) => `agent:${id}` },
  {
    table: 'agent_execution_pushes',
    column: 'sealed_secrets',
    id: 'id',
    context: (id) => `agent-execution-push:${id}`,
  },
];
