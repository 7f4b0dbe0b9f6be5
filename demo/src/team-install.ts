import type { GraphClient } from './client.ts';
import { DemoError, type TeamConfig } from './demo-config.ts';

interface Preset {
  readonly name: string;
  readonly title: string;
  readonly version: number;
  readonly systemPrompt: string;
  readonly temperature: number;
  readonly maxOutputTokens: number;
}

interface Template {
  readonly name: string;
  readonly version: number;
  readonly roles: readonly { readonly name: string; readonly preset: string | null }[];
}

export interface InstalledTeam {
  readonly workflowId: string;
  readonly name: string;
  readonly roles: number;
}

interface Refused {
  readonly __typename: string;
  readonly message: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
  readonly problems?: readonly { readonly path: string; readonly message: string }[];
}

const REFUSED = `
  ... on MutationError { message }
  ... on InvalidInputError { fields { path message } }`;

const refusal = (what: string, { message, fields, problems }: Refused): DemoError => {
  const told = [...(fields ?? []), ...(problems ?? [])].map((problem) => `${problem.path}: ${problem.message}`);
  return new DemoError(`${what} was refused: ${told.join('; ') || message}`);
};

const modelOf = ({ baseUrl, apiKey, model }: TeamConfig) => ({ baseUrl, model, ...(apiKey && { apiKey }) });

/** Registers the roles and creates the workflow, or brings those that are there up to date. */
export async function installTeam(client: GraphClient, team: TeamConfig): Promise<InstalledTeam> {
  const { agentPresets, workflowTemplate } = await client.request<{
    agentPresets: { nodes: Preset[] };
    workflowTemplate: Template | null;
  }>(
    `query Team($id: ID!) {
      agentPresets(first: 100) { nodes { name title version systemPrompt temperature maxOutputTokens } }
      workflowTemplate(id: $id) { name version roles { name preset } }
    }`,
    { id: team.name },
  );
  if (!workflowTemplate) throw new DemoError(`The product has no template ${team.name}: is it an older one?`);
  const presets = new Map(agentPresets.nodes.map((preset) => [preset.name, preset]));
  const agents: { role: string; agentId: string }[] = [];
  for (const { name: role, preset: wanted } of workflowTemplate.roles) {
    const preset = presets.get(wanted ?? '');
    if (!preset) throw new DemoError(`The role ${role} has no preset.`);
    agents.push({ role, agentId: await ensureAgent(client, preset, team) });
  }
  const name = `${workflowTemplate.name} (demo, version ${workflowTemplate.version})`;
  const workflowId = await ensureWorkflow(client, { templateId: team.name, name, agents });
  return { workflowId, name: workflowTemplate.name, roles: agents.length };
}

type Registered =
  | { readonly __typename: 'RegisterAgentFromPresetSuccess'; readonly agent: { readonly id: string } }
  | { readonly __typename: 'AgentNameTakenError'; readonly agentId: string }
  | ({ readonly __typename: 'InvalidInputError' } & Refused);

async function ensureAgent(client: GraphClient, preset: Preset, team: TeamConfig): Promise<string> {
  const name = `${preset.title} (demo, version ${preset.version})`;
  const { registerAgentFromPreset: result } = await client.request<{ registerAgentFromPreset: Registered }>(
    `mutation Register($input: RegisterAgentFromPresetInput!) {
      registerAgentFromPreset(input: $input) {
        __typename
        ... on RegisterAgentFromPresetSuccess { agent { id } }
        ... on AgentNameTakenError { agentId }
        ${REFUSED}
      }
    }`,
    { input: { preset: preset.name, name, tags: ['team-demo'], ...modelOf(team) } },
  );
  if (result.__typename === 'RegisterAgentFromPresetSuccess') return result.agent.id;
  if (result.__typename === 'InvalidInputError') throw refusal(`The agent ${name}`, result);
  await useModel(client, result.agentId, preset, team);
  return result.agentId;
}

/** The model and its key may be others than last time. */
async function useModel(client: GraphClient, id: string, preset: Preset, team: TeamConfig): Promise<void> {
  const { systemPrompt, temperature, maxOutputTokens } = preset;
  const llm = { ...modelOf(team), systemPrompt, temperature, maxOutputTokens };
  const { updateAgent: result } = await client.request<{ updateAgent: Refused }>(
    `mutation UseModel($input: UpdateAgentInput!) { updateAgent(input: $input) { __typename ${REFUSED} } }`,
    { input: { id, status: 'ACTIVE', llm } },
  );
  if (result.__typename !== 'UpdateAgentSuccess') throw refusal(`The model of ${preset.title}`, result);
}

interface Wanted {
  readonly templateId: string;
  readonly name: string;
  readonly agents: readonly { readonly role: string; readonly agentId: string }[];
}

type Created =
  | { readonly __typename: 'CreateWorkflowFromTemplateSuccess'; readonly workflow: { readonly id: string } }
  | { readonly __typename: 'WorkflowNameTakenError'; readonly workflowId: string | null }
  | ({ readonly __typename: 'InvalidInputError' } & Refused);

async function ensureWorkflow(client: GraphClient, wanted: Wanted): Promise<string> {
  const created = await create(client, wanted);
  if (created.__typename === 'CreateWorkflowFromTemplateSuccess') return created.workflow.id;
  if (created.__typename !== 'WorkflowNameTakenError') throw refusal(`The workflow ${wanted.name}`, created);
  const { workflowId } = created;
  if (workflowId !== null && (await isOf(client, workflowId, wanted))) return workflowId;
  if (workflowId !== null) await remove(client, workflowId);
  const again = await create(client, wanted);
  if (again.__typename === 'CreateWorkflowFromTemplateSuccess') return again.workflow.id;
  throw new DemoError(`Somebody else has created ${wanted.name} at the same time: start the demo again.`);
}

async function create(client: GraphClient, input: Wanted): Promise<Created> {
  const { createWorkflowFromTemplate } = await client.request<{ createWorkflowFromTemplate: Created }>(
    `mutation Install($input: CreateWorkflowFromTemplateInput!) {
      createWorkflowFromTemplate(input: $input) {
        __typename
        ... on CreateWorkflowFromTemplateSuccess { workflow { id } }
        ... on WorkflowNameTakenError { workflowId }
        ... on InvalidWorkflowError { problems { path message } }
        ${REFUSED}
      }
    }`,
    { input },
  );
  return createWorkflowFromTemplate;
}

/** Whether the workflow can be executed and its steps are given to these agents. */
async function isOf(client: GraphClient, id: string, { agents }: Wanted): Promise<boolean> {
  const { workflow } = await client.request<{
    workflow: { status: string; steps: { agentId: string | null }[] } | null;
  }>('query Existing($id: ID!) { workflow(id: $id) { status steps { agentId } } }', { id });
  const known = new Set(agents.map(({ agentId }) => agentId));
  const isKnown = workflow?.steps.every(({ agentId }) => agentId === null || known.has(agentId)) ?? false;
  return isKnown && workflow?.status === 'ACTIVE';
}

async function remove(client: GraphClient, id: string): Promise<void> {
  const { deleteWorkflow: result } = await client.request<{ deleteWorkflow: Refused }>(
    'mutation Remove($input: DeleteWorkflowInput!) { deleteWorkflow(input: $input) { __typename ... on MutationError { message } } }',
    { input: { id } },
  );
  if (result.__typename !== 'DeleteWorkflowSuccess') throw new DemoError(`The workflow of the demo: ${result.message}`);
}
