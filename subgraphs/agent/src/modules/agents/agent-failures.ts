import type { AgentStatus } from './agent-record.ts';

/** You have an agent of this name already. */
export const agentNameTaken = (name: string, agentId: string) => ({
  __typename: 'AgentNameTakenError' as const,
  code: 'AGENT_NAME_TAKEN',
  message: `You have an agent called ${JSON.stringify(name)} already.`,
  agentId,
});

/** Executions are queued or running. */
export const agentBusy = (activeExecutions: number) => ({
  __typename: 'AgentBusyError' as const,
  code: 'AGENT_BUSY',
  message: `${activeExecutions} of its executions are queued or running: stop them, or use \`force\`.`,
  activeExecutions,
});

export type AgentBusy = ReturnType<typeof agentBusy>;

/** The agent takes no work. */
export const agentUnavailable = (status: AgentStatus) => ({
  __typename: 'AgentUnavailableError' as const,
  code: 'AGENT_UNAVAILABLE',
  message:
    status === 'ERROR' ? 'The agent’s last health checks failed; it takes no work.' : 'The agent is switched off.',
  status,
});
