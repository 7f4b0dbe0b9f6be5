import type { CommandContext } from '../context.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { isFileName } from '../files/document.ts';
import type { GraphClient } from '../graph-client.ts';
import { whoAmI } from '../session.ts';
import { applyFiles, findWorkflow } from './apply.ts';

/**
 * Id of the workflow that the command is about: of a file, which is applied, or of this name or id. Null when the file has
 * problems, which were told.
 */
export async function workflowOf(context: CommandContext, client: GraphClient): Promise<string | null> {
  const [subject = ''] = context.subjects;
  return isFileName(subject) ? applied(context, client, subject) : named(client, subject);
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
