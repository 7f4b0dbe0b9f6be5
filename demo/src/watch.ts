import type { GraphClient } from './client.ts';
import { DemoError } from './demo-config.ts';
import type { ShownStep } from './terminal.ts';

/** How the execution ended. */
export interface EndedExecution<Result> {
  readonly status: string;
  readonly durationMs: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Of the last step; null unless the execution is COMPLETED. */
  readonly result: Result;
  readonly startedBy: { readonly username: string };
  readonly steps: readonly ShownStep[];
}

const EXECUTION = `
  status durationMs result
  error { code message }
  startedBy { username }
  steps { id name status attempts durationMs agent { name } error { message } }
`;

const ENDED = new Set(['COMPLETED', 'FAILED', 'CANCELLED']);

/** Follows an execution to its end, handing on each picture of its steps: the first one at once. */
export async function watch<Result>(
  client: GraphClient,
  id: string,
  onSteps: (steps: readonly ShownStep[]) => void,
): Promise<EndedExecution<Result>> {
  const updates = client.subscribe<{ workflowExecutionUpdates: { cursor: string; execution: EndedExecution<Result> } }>(
    `subscription Watch($id: ID!, $after: String) {
      workflowExecutionUpdates(id: $id, after: $after) { cursor execution { ${EXECUTION} } }
    }`,
    { id },
    (data) => data.workflowExecutionUpdates.cursor,
  );
  for await (const { workflowExecutionUpdates } of updates) onSteps(workflowExecutionUpdates.execution.steps);
  const { workflowExecution } = await client.request<{ workflowExecution: EndedExecution<Result> | null }>(
    `query Ended($id: ID!) { workflowExecution(id: $id) { ${EXECUTION} } }`,
    { id },
  );
  if (!workflowExecution || !ENDED.has(workflowExecution.status)) {
    throw new DemoError('The subscription ended before the execution did.');
  }
  onSteps(workflowExecution.steps);
  return workflowExecution;
}
