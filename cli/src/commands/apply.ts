import { tell, type CommandContext } from '../context.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { kindOf, problemsOf } from '../files/check-document.ts';
import { readDocuments, type FileDocument } from '../files/document.ts';
import { withEnvironment } from '../files/environment-values.ts';
import { without } from '../files/without.ts';
import { expectMember, type GraphClient } from '../graph-client.ts';
import { openSession, whoAmI } from '../session.ts';
import { nameOf, namesNewAgents, problemsOfWorkflow, workflowInput } from './validate.ts';

/** What became of one document. */
interface Applied {
  readonly kind: 'Agent' | 'Workflow';
  readonly name: string;
  readonly id: string | null;
  readonly what: 'created' | 'changed' | 'would be created' | 'would be changed';
}

type Other = { readonly __typename: 'Other'; readonly message: string };

/** Creates or changes what the files describe, agents first, and says what it did with each. */
export async function apply(context: CommandContext): Promise<ExitCode> {
  const client = await openSession(context.options, context.env);
  const applied = await applyFiles(context, client, context.subjects);
  if (!applied) return EXIT.failed;
  for (const { kind, name, id, what } of applied) context.say(`${kind} "${name}" ${what}${id ? ` (${id})` : ''}`);
  return EXIT.done;
}

/** Null when a file has problems, which were told; then nothing was changed, unless an agent is new that a workflow names. */
export async function applyFiles(
  context: CommandContext,
  client: GraphClient,
  files: readonly string[],
): Promise<Applied[] | null> {
  const documents = (await Promise.all(files.map(readDocuments))).flat();
  const ofForm = documents.flatMap(problemsOf);
  tell(context, ofForm);
  if (ofForm.length > 0) return null;
  const userId = await whoAmI(client);
  const { dryRun } = context.options;
  const applied: Applied[] = [];
  for (const document of ofKind(documents, 'agent')) {
    applied.push(await applyAgent(client, userId, withEnvironment(document.value, context.env) as Fields, dryRun));
  }
  const workflows = ofKind(documents, 'workflow');
  const names = new Set(dryRun ? applied.map(({ name }) => name) : []);
  const problems = [];
  for (const document of workflows) {
    // A dry run registers no agents, so what needs them cannot be checked.
    if (await namesNewAgents(client, userId, document, names)) continue;
    problems.push(...(await problemsOfWorkflow(client, userId, document)));
  }
  tell(context, problems);
  if (problems.length > 0) return null;
  for (const document of workflows) applied.push(await applyWorkflow(client, userId, document, dryRun));
  return applied;
}

type Fields = Readonly<Record<string, unknown>> & { readonly name: string };

const ofKind = (documents: readonly FileDocument[], kind: 'agent' | 'workflow') =>
  documents.filter((document) => kindOf(document) === kind);

async function applyAgent(client: GraphClient, userId: string, file: Fields, dryRun: boolean): Promise<Applied> {
  const fields = without(file, 'kind');
  const { agents } = await client.request<{
    agents: { nodes: readonly { id: string; name: string; version: number; kind: string }[] };
  }>(
    `query OwnAgents($search: String!, $ownerId: ID!) {
      agents(filter: { search: $search, ownerId: $ownerId }, first: 100) { nodes { id name version kind } }
    }`,
    { search: file.name, ownerId: userId },
  );
  const known = agents.nodes.find(({ name }) => name === file.name);
  const done = { kind: 'Agent', name: file.name } as const;
  const wanted = agentKindOf(file);
  if (known && known.kind !== wanted) {
    throw new CommandFailure(
      `The agent "${file.name}" is of kind ${known.kind}, which cannot be changed to ${wanted}.`,
      EXIT.refused,
    );
  }
  if (dryRun) return { ...done, id: known?.id ?? null, what: known ? 'would be changed' : 'would be created' };
  if (known) {
    const { updateAgent } = await client.request<{
      updateAgent: { __typename: 'UpdateAgentSuccess'; agent: { id: string } } | Other;
    }>(
      `mutation ChangeAgent($input: UpdateAgentInput!) {
        updateAgent(input: $input) {
          __typename
          ... on UpdateAgentSuccess { agent { id } }
          ... on MutationError { message }
          ... on InvalidInputError { fields { path message } }
        }
      }`,
      { input: { ...fields, id: known.id, expectedVersion: known.version } },
    );
    return { ...done, id: expectMember(updateAgent, 'UpdateAgentSuccess').agent.id, what: 'changed' };
  }
  const { registerAgent } = await client.request<{
    registerAgent: { __typename: 'RegisterAgentSuccess'; agent: { id: string } } | Other;
  }>(
    `mutation NewAgent($input: RegisterAgentInput!) {
      registerAgent(input: $input) {
        __typename
        ... on RegisterAgentSuccess { agent { id } }
        ... on MutationError { message }
        ... on InvalidInputError { fields { path message } }
      }
    }`,
    { input: { ...fields, kind: wanted } },
  );
  return { ...done, id: expectMember(registerAgent, 'RegisterAgentSuccess').agent.id, what: 'created' };
}

/** By the settings that are given. */
function agentKindOf(file: Fields): string {
  const kinds = ['builtin', 'http', 'llm', 'mcp', 'a2a'].filter((kind) => file[kind] !== undefined);
  if (kinds.length === 1) return kinds.join('').toUpperCase();
  throw new CommandFailure(
    `The agent "${file.name}" must have the settings of one kind, such as llm or http.`,
    EXIT.usage,
  );
}

async function applyWorkflow(
  client: GraphClient,
  userId: string,
  document: FileDocument,
  dryRun: boolean,
): Promise<Applied> {
  const name = nameOf(document);
  const known = await findWorkflow(client, name, userId);
  const done = { kind: 'Workflow', name } as const;
  if (dryRun) return { ...done, id: known?.id ?? null, what: known ? 'would be changed' : 'would be created' };
  const input = await workflowInput(client, userId, document);
  const fields = `__typename ... on MutationError { message } ... on InvalidWorkflowError { problems { path message } }`;
  if (!known) {
    const { createWorkflow } = await client.request<{
      createWorkflow: { __typename: 'CreateWorkflowSuccess'; workflow: { id: string } } | Other;
    }>(
      `mutation NewWorkflow($input: CreateWorkflowInput!) {
        createWorkflow(input: $input) { ... on CreateWorkflowSuccess { workflow { id } } ${fields} }
      }`,
      { input },
    );
    return { ...done, id: expectMember(createWorkflow, 'CreateWorkflowSuccess').workflow.id, what: 'created' };
  }
  // The status is for `activateWorkflow` and `archiveWorkflow` to change.
  const changes = without(input, 'status');
  const { updateWorkflow } = await client.request<{
    updateWorkflow: { __typename: 'UpdateWorkflowSuccess'; workflow: { id: string } } | Other;
  }>(
    `mutation ChangeWorkflow($input: UpdateWorkflowInput!) {
      updateWorkflow(input: $input) { ... on UpdateWorkflowSuccess { workflow { id } } ${fields} }
    }`,
    { input: { ...changes, id: known.id, expectedRevision: known.revision } },
  );
  const { workflow } = expectMember(updateWorkflow, 'UpdateWorkflowSuccess');
  return { ...done, id: workflow.id, what: 'changed' };
}

/** A workflow by its exact name: of several that may be seen, the one of this user. Null when there is none. */
export async function findWorkflow(
  client: GraphClient,
  name: string,
  ownerId: string | null,
): Promise<{ readonly id: string; readonly revision: number } | null> {
  const { workflows } = await client.request<{
    workflows: { nodes: readonly { id: string; name: string; revision: number }[] };
  }>(
    `query FindWorkflow($filter: WorkflowFilter!) { workflows(filter: $filter, first: 100) { nodes { id name revision } } }`,
    { filter: { search: name, ...(ownerId !== null && { ownerId }) } },
  );
  return workflows.nodes.find((workflow) => workflow.name === name) ?? null;
}
