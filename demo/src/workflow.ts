import { isDeepStrictEqual } from 'node:util';
import type { GraphClient } from './client.ts';
import type { Crew } from './crew.ts';
import { DemoError } from './demo-config.ts';

interface Step {
  readonly id: string;
  readonly name: string;
  readonly stepType: 'AGENT' | 'TRANSFORM' | 'CONDITION';
  readonly agentId: string | null;
  readonly config: Record<string, unknown>;
  readonly dependencies: readonly string[];
  readonly condition: string | null;
}

const NAME = 'Triage of a report';

/** What a step finds is written into the context of the execution, under its id, for those after it. */
const remember = { layer: 'findings' };

const agent = (id: string, name: string, agentId: string, input: string, more: Partial<Step> = {}): Step => ({
  id,
  name,
  stepType: 'AGENT',
  agentId,
  config: { input, remember },
  dependencies: ['note'],
  condition: null,
  ...more,
});

const TEXT = '{"text": memory.note.text}';

/** Words of the writer decide the severity; a wish is never urgent, and an incident never less than high. */
const ASSESSMENT = `(
  $kind := memory.classify.label;
  $judged := memory.severity.label;
  {
    "kind": $kind,
    "severity": $kind = "feature" ? "low" : $kind = "incident" and $judged in ["medium", "low"] ? "high" : $judged,
    "tone": memory.tone.label
  }
)`;

const FINDINGS = `{
  "source": memory.note.source,
  "kind": memory.assess.kind,
  "severity": memory.assess.severity,
  "tone": memory.assess.tone,
  "summary": memory.summarise.summary,
  "phrases": [memory.phrases.phrases[[0..7]].phrase],
  "entities": [memory.entities.entities[[0..9]].{"value": value, "type": type}],
  "action": $exists(memory.escalate.text) ? memory.escalate.text : memory.backlog.text
}`;

const steps = (crew: Crew): Step[] => [
  {
    id: 'note',
    name: 'Note the report',
    stepType: 'TRANSFORM',
    agentId: null,
    config: { expression: 'input', remember },
    dependencies: [],
    condition: null,
  },
  agent('classify', 'Classify', crew.classifier, TEXT),
  agent('summarise', 'Summarise', crew.summariser, '{"text": memory.note.text, "maxSentences": 3}'),
  agent('phrases', 'Find key phrases', crew.phraseFinder, '{"text": memory.note.text, "limit": 8}'),
  agent('entities', 'Find entities', crew.entityFinder, TEXT),
  agent('tone', 'Read the tone', crew.toneReader, TEXT),
  agent('severity', 'Judge severity', crew.severityJudge, TEXT),
  {
    id: 'assess',
    name: 'Assess',
    stepType: 'TRANSFORM',
    agentId: null,
    config: { expression: ASSESSMENT, remember },
    dependencies: ['classify', 'severity', 'tone'],
    condition: null,
  },
  {
    id: 'isUrgent',
    name: 'Is it urgent?',
    stepType: 'CONDITION',
    agentId: null,
    config: { expression: 'memory.assess.severity in ["critical", "high"]' },
    dependencies: ['assess'],
    condition: null,
  },
  agent('escalate', 'Escalate', crew.escalator, '{"summary": memory.summarise.sentences[0]}', {
    dependencies: ['isUrgent', 'summarise'],
    condition: 'steps.isUrgent.result == true',
  }),
  agent('backlog', 'Put into the backlog', crew.planner, '{"phrases": [memory.phrases.phrases[[0..2]].phrase]}', {
    dependencies: ['isUrgent', 'phrases'],
    condition: 'steps.isUrgent.result == false',
  }),
  agent('report', 'Write the report', crew.reporter, FINDINGS, {
    dependencies: ['assess', 'summarise', 'phrases', 'entities', 'escalate', 'backlog'],
  }),
];

const definition = (crew: Crew) => ({
  name: NAME,
  description: 'Six agents read a report at once; what they find decides whether somebody is called or it can wait.',
  type: 'CONDITIONAL',
  contextMode: 'CREATE',
  inputSchema: {
    type: 'object',
    required: ['text', 'source'],
    properties: { text: { type: 'string', minLength: 1 }, source: { type: 'string' } },
  },
  tags: ['demo', 'triage'],
  steps: steps(crew),
});

type Created =
  | { __typename: 'CreateWorkflowSuccess'; workflow: { id: string } }
  | { __typename: 'WorkflowNameTakenError'; workflowId: string | null }
  | Refused;
interface Refused {
  __typename: 'InvalidWorkflowError';
  problems: { path: string; message: string }[];
}

/** Creates the triage workflow, or brings the one of this name up to date. Gives its id. */
export async function ensureWorkflow(client: GraphClient, crew: Crew): Promise<string> {
  const wanted = definition(crew);
  const { createWorkflow: result } = await client.request<{ createWorkflow: Created }>(
    `mutation Create($input: CreateWorkflowInput!) {
      createWorkflow(input: $input) {
        __typename
        ... on CreateWorkflowSuccess { workflow { id } }
        ... on WorkflowNameTakenError { workflowId }
        ... on InvalidWorkflowError { problems { path message } }
      }
    }`,
    { input: wanted },
  );
  if (result.__typename === 'CreateWorkflowSuccess') return result.workflow.id;
  if (result.__typename === 'InvalidWorkflowError') throw refused(result);
  if (result.workflowId === null) {
    throw new DemoError('The workflow of the demo was deleted while it was looked for: start the demo again.');
  }
  await updateWorkflow(client, result.workflowId, wanted);
  return result.workflowId;
}

async function updateWorkflow(client: GraphClient, id: string, wanted: ReturnType<typeof definition>): Promise<void> {
  const { workflow } = await client.request<{ workflow: { status: string } & typeof wanted }>(
    `query Existing($id: ID!) {
      workflow(id: $id) {
        status name description type contextMode inputSchema tags
        steps { id name stepType agentId config dependencies condition }
      }
    }`,
    { id },
  );
  const { status, ...found } = workflow;
  if (status !== 'ACTIVE') {
    await change(client, 'activateWorkflow', 'ActivateWorkflowInput', { id });
  }
  if (!isDeepStrictEqual(found, wanted)) {
    await change(client, 'updateWorkflow', 'UpdateWorkflowInput', { id, ...wanted });
  }
}

async function change(client: GraphClient, field: string, type: string, input: Record<string, unknown>): Promise<void> {
  const { result } = await client.request<{ result: { __typename: string; message?: string } | Refused }>(
    `mutation Change($input: ${type}!) {
      result: ${field}(input: $input) {
        __typename
        ... on MutationError { message }
        ... on InvalidWorkflowError { problems { path message } }
      }
    }`,
    { input },
  );
  if ('problems' in result) throw refused(result);
  if ('message' in result) throw new DemoError(`${field} failed: ${result.message}`);
}

const refused = ({ problems }: Refused) =>
  new DemoError(`The workflow was refused: ${problems.map(({ path, message }) => `${path}: ${message}`).join('; ')}`);

/** Begins an execution and gives its id. */
export async function execute(client: GraphClient, workflowId: string, input: object): Promise<string> {
  const { executeWorkflow: result } = await client.request<{
    executeWorkflow: { __typename: string; message?: string; execution?: { id: string } };
  }>(
    `mutation Execute($input: ExecuteWorkflowInput!) {
      executeWorkflow(input: $input) {
        __typename
        ... on ExecuteWorkflowSuccess { execution { id } }
        ... on MutationError { message }
        ... on InvalidInputError { fields { path message } }
      }
    }`,
    { input: { workflowId, input } },
  );
  if (!result.execution) throw new DemoError(`The execution was refused: ${result.message}`);
  return result.execution.id;
}
