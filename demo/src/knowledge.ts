import type { GraphClient } from './client.ts';

interface Step {
  readonly name: string;
  readonly contextRead: { readonly version: number; readonly resolved: { readonly value: object } } | null;
  readonly contextWritten: { readonly version: number } | null;
}

/** What was known at each step that has read or written the context of the execution, a line for each. */
export async function whatWasKnown(client: GraphClient, executionId: string): Promise<string[]> {
  const { workflowExecution } = await client.request<{ workflowExecution: { readonly steps: readonly Step[] } }>(
    `query Known($id: ID!) {
      workflowExecution(id: $id) {
        steps { name contextRead { version resolved { value } } contextWritten { version } }
      }
    }`,
    { id: executionId },
  );
  return workflowExecution.steps.filter(({ contextRead, contextWritten }) => contextRead ?? contextWritten).map(line);
}

function line({ name, contextRead, contextWritten }: Step): string {
  const read = contextRead ? `read v${contextRead.version}` : '';
  const wrote = contextWritten ? `wrote v${contextWritten.version}` : '';
  const known = Object.keys(contextRead?.resolved.value ?? {}).join(', ');
  return `  ${name.padEnd(22)}${read.padEnd(10)}${wrote.padEnd(11)}${known}`.trimEnd();
}
