import type { ExecutionRecord } from './execution-record.ts';

/** It had ended already. */
export const executionEnded = (execution: ExecutionRecord) => ({
  __typename: 'AgentExecutionEndedError' as const,
  code: 'AGENT_EXECUTION_ENDED',
  message: `The execution has ended already: ${execution.status}.`,
  execution,
});
