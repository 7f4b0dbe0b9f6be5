import { tell, type CommandContext } from '../context.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import { kindOf, problemsOf } from '../files/check-document.ts';
import { readDocuments, type FileDocument, type FileProblem, type Path } from '../files/document.ts';
import { agentNamesOf, isRegistered, withAgentIds } from '../files/agent-names.ts';
import { without } from '../files/without.ts';
import type { GraphClient } from '../graph-client.ts';
import { openSession, whoAmI } from '../session.ts';

/** All problems of all documents: of their form first, then what the product says of the workflows. Changes nothing. */
export async function validate(context: CommandContext): Promise<ExitCode> {
  const documents = (await Promise.all(context.subjects.map(readDocuments))).flat();
  const ofForm = documents.flatMap(problemsOf);
  tell(context, ofForm);
  if (ofForm.length > 0) return EXIT.failed;
  const workflows = documents.filter((document) => kindOf(document) === 'workflow');
  const client = await openSession(context.options, context.env);
  const userId = await whoAmI(client);
  const names = new Set(documents.filter((document) => kindOf(document) === 'agent').map(nameOf));
  let problems = 0;
  for (const workflow of workflows) {
    if (await namesNewAgents(client, userId, workflow, names)) {
      context.note(
        `Workflow "${nameOf(workflow)}": only its form was checked, as agents of these files are not registered yet.`,
      );
      continue;
    }
    const found = await problemsOfWorkflow(client, userId, workflow);
    tell(context, found);
    problems += found.length;
  }
  if (problems > 0) return EXIT.failed;
  context.say(`${documents.length === 1 ? 'The document is' : `All ${documents.length} documents are`} valid.`);
  return EXIT.done;
}

/** Whether a workflow names an agent that these files describe and that is still to be registered. */
export async function namesNewAgents(
  client: GraphClient,
  userId: string,
  workflow: FileDocument,
  names: ReadonlySet<string>,
): Promise<boolean> {
  for (const name of agentNamesOf((workflow.value as { readonly steps?: unknown }).steps)) {
    if (names.has(name) && !(await isRegistered(client, userId, name))) return true;
  }
  return false;
}

/** Of a document whose form is right. */
export const nameOf = ({ value }: FileDocument): string => (value as { readonly name: string }).name;

/** What the product finds in a workflow whose form is right, each with its place in the file. */
export async function problemsOfWorkflow(
  client: GraphClient,
  userId: string,
  document: FileDocument,
): Promise<FileProblem[]> {
  const input = await workflowInput(client, userId, document);
  const { validateWorkflow } = await client.request<{
    validateWorkflow: { problems: readonly { path: string; message: string }[] };
  }>(`query Validate($input: CreateWorkflowInput!) { validateWorkflow(input: $input) { problems { path message } } }`, {
    input,
  });
  return validateWorkflow.problems.map(({ path, message }) => ({
    at: document.at(toPath(path)),
    message: `${path}: ${message}`,
  }));
}

/** As `createWorkflow` takes it: without `kind`, agents by id. */
export async function workflowInput(
  client: GraphClient,
  userId: string,
  { value }: FileDocument,
): Promise<Record<string, unknown> & { readonly name: string }> {
  const file = value as Readonly<Record<string, unknown>> & { readonly name: string };
  const steps = await withAgentIds(file['steps'], client, userId);
  return { ...without(file, 'kind'), name: file.name, steps };
}

/** `steps[2].config.expression` → `['steps', 2, 'config', 'expression']` */
const toPath = (path: string): Path =>
  [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) =>
    index === undefined ? (name ?? '') : Number(index),
  );
