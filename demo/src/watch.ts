import type { GraphClient } from './client.ts';
import { DemoError } from './demo-config.ts';
import type { ShownStep } from './terminal.ts';

/** How the execution ended. */
export interface EndedExecution {
  readonly status: string;
  readonly durationMs: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The answer of the report writer. */
  readonly result: { readonly text: string };
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
export async function watch(
  client: GraphClient,
  id: string,
  onSteps: (steps: readonly ShownStep[]) => void,
): Promise<EndedExecution> {
  const updates = client.subscribe<{ workflowExecutionUpdates: { cursor: string; execution: EndedExecution } }>(
    `subscription Watch($id: ID!, $after: String) {
      workflowExecutionUpdates(id: $id, after: $after) { cursor execution { ${EXECUTION} } }
    }`,
    { id },
    (data) => data.workflowExecutionUpdates.cursor,
  );
  for await (const { workflowExecutionUpdates } of updates) onSteps(workflowExecutionUpdates.execution.steps);
  const { workflowExecution } = await client.request<{ workflowExecution: EndedExecution | null }>(
    `query Ended($id: ID!) { workflowExecution(id: $id) { ${EXECUTION} } }`,
    { id },
  );
  if (!workflowExecution || !ENDED.has(workflowExecution.status)) {
    throw new DemoError('The subscription ended before the execution did.');
  }
  onSteps(workflowExecution.steps);
  return workflowExecution;
}
