import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import { parse } from 'yaml';
import type { CommandContext } from '../context.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { isFileName } from '../files/document.ts';
import { expectMember, type GraphClient } from '../graph-client.ts';
import { openSession, whoAmI } from '../session.ts';
import { applyFiles, findWorkflow } from './apply.ts';
import { follow } from './watch.ts';

/** Executes a workflow: of a file, after it was applied, or of this name or id. */
export async function run(context: CommandContext): Promise<ExitCode> {
  const { options, note, say } = context;
  const [subject = ''] = context.subjects;
  const input = await readInput(options.input);
  const client = await openSession(options, context.env);
  const workflowId = isFileName(subject) ? await applied(context, client, subject) : await named(client, subject);
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

/** Id of the only workflow of the file; null when the file has problems, which were told. */
async function applied(context: CommandContext, client: GraphClient, file: string): Promise<string | null> {
  const done = await applyFiles(context, client, [file]);
  if (!done) return null;
  for (const { kind, name, what } of done) context.note(`${kind} "${name}" ${what}`);
  const workflows = done.filter(({ kind }) => kind === 'Workflow');
  const [workflow] = workflows;
  if (workflows.length === 1 && workflow?.id) return workflow.id;
  throw new CommandFailure(`${file} has ${workflows.length} workflows: name the one to run.`, EXIT.usage);
}

async function named(client: GraphClient, subject: string): Promise<string> {
  const { workflow } = await client.request<{ workflow: { id: string } | null }>(
    'query ById($id: ID!) { workflow(id: $id) { id } }',
    { id: subject },
  );
  const found =
    workflow ??
    (await findWorkflow(client, subject, await whoAmI(client))) ??
    (await findWorkflow(client, subject, null));
  if (!found) throw new CommandFailure(`There is no workflow "${subject}" that you may see.`, EXIT.refused);
  return found.id;
}

/** Absent when no input is given. */
async function readInput(given: string | null): Promise<unknown> {
  if (given === null) return undefined;
  const text = await inputText(given);
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw new CommandFailure(
      `--input is neither JSON nor YAML: ${(error as Error).message.split('\n')[0]}`,
      EXIT.usage,
    );
  }
}

async function inputText(given: string): Promise<string> {
  if (given === '-') return readStream(process.stdin);
  if (!given.startsWith('@')) return given;
  try {
    return await readFile(given.slice(1), 'utf8');
  } catch (error) {
    throw new CommandFailure(`--input ${given}: ${(error as Error).message}`, EXIT.usage);
  }
}
