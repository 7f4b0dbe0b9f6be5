import type { CommandContext } from '../context.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import { expectMember } from '../graph-client.ts';
import { openSession } from '../session.ts';
import { readInput } from './execution-input.ts';
import { follow } from './watch.ts';
import { workflowOf } from './workflow-subject.ts';

/** Executes a workflow: of a file, after it was applied, or of this name or id. */
export async function run(context: CommandContext): Promise<ExitCode> {
  const { options, note, say } = context;
  const input = await readInput(options.input);
  const client = await openSession(options, context.env);
  const workflowId = await workflowOf(context, client);
  if (workflowId === null) return EXIT.failed;
  const { executeWorkflow } = await client.request<{
    executeWorkflow:
      | { __typename: 'ExecuteWorkflowSuccess'; created: boolean; execution: { id: string } }
      | { __typename: 'Other'; message: string };
  }>(
    `mutation Execute($input: ExecuteWorkflowInput!) {
      executeWorkflow(input: $input) {
        __typename
        ... on ExecuteWorkflowSuccess { created execution { id } }
        ... on MutationError { message }
        ... on InvalidInputError { fields { path message } }
      }
    }`,
    {
      input: {
        workflowId,
        ...(input !== undefined && { input }),
        ...(options.context !== null && { contextId: options.context }),
        ...(options.key !== null && { idempotencyKey: options.key }),
      },
    },
  );
  const { created, execution } = expectMember(executeWorkflow, 'ExecuteWorkflowSuccess');
  if (!options.wait) {
    say(execution.id);
    return EXIT.done;
  }
  note(`Execution ${execution.id}${created ? '' : ' (begun before, under the same key)'}`);
  return follow(context, client, execution.id);
}
