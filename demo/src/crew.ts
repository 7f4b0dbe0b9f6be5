import { isDeepStrictEqual } from 'node:util';
import type { GraphClient } from './client.ts';
import { DemoError } from './demo-config.ts';

/** A BUILTIN agent as the crew wants it. */
interface CrewMember {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly capabilities: readonly string[];
  readonly tags: readonly string[];
  readonly builtin: { readonly function: string; readonly options: Record<string, unknown> };
}

const member = (
  name: string,
  description: string,
  capabilities: readonly string[],
  builtin: CrewMember['builtin'],
): CrewMember => ({ name, type: 'Triage', description, capabilities, tags: ['demo', 'triage'], builtin });

/** Labels and words that speak for them. */
const KINDS = {
  bug: [
    'crash',
    'crashes',
    'error',
    'exception',
    'reproduce',
    'steps',
    'stack trace',
    'build',
    'fails',
    'broken',
    'bug',
  ],
  incident: [
    'incident',
    'outage',
    'latency',
    'alert',
    'on-call',
    'timeout',
    'severity',
    'rollback',
    'error rate',
    'pods',
  ],
  feature: ['feature', 'request', 'would like', 'suggest', 'wish', 'improvement', 'would be great', 'option', 'theme'],
};

const SEVERITIES = {
  critical: [
    'outage',
    'data loss',
    'security',
    'breach',
    'charged twice',
    'down',
    'incident',
    'revenue',
    'failed payments',
  ],
  high: ['crash', 'crashes', 'lost', 'urgent', 'no workaround', 'fatal', 'cannot', 'degraded', 'contract'],
  medium: ['slow', 'sometimes', 'workaround', 'confusing', 'incorrect', 'minor'],
  low: ['no hurry', 'suggest', 'wish', 'feature', 'would like', 'nice', 'improvement', 'request', 'great'],
};

const ESCALATION = `**Escalate to the on-call engineer now.**

- Acknowledge within 15 minutes and name one owner.
- Tell the reporter that somebody is on it.
- Begin with: {{ summary }}`;

const BACKLOG = `**Put into the backlog.**

- Discuss it in the next planning; nothing has to happen today.
- Thank the reporter and ask for the group of users it matters to.
- Working title: {{ phrases | join: ", " }}`;

const REPORT = `# Triage of {{ source }}

| Kind | Severity | Tone |
| --- | --- | --- |
| {{ kind }} | {{ severity }} | {{ tone }} |

## Summary

{{ summary }}

## Key phrases

{% for phrase in phrases %}- {{ phrase }}
{% endfor %}
## Mentioned

{% for entity in entities %}- {{ entity.value }} ({{ entity.type | downcase }})
{% else %}Nobody and nothing by name.
{% endfor %}
## What happens next

{{ action }}`;

const CREW = {
  classifier: member(
    'Report classifier',
    'Says whether a report is a bug, an incident or a wish.',
    ['classification'],
    {
      function: 'CLASSIFY',
      options: { labels: KINDS, defaultLabel: 'other' },
    },
  ),
  summariser: member('Report summariser', 'Says in three sentences what a text is about.', ['summary'], {
    function: 'SUMMARIZE',
    options: {},
  }),
  phraseFinder: member('Key phrase finder', 'Finds the phrases a text turns on.', ['key-phrases'], {
    function: 'KEY_PHRASES',
    options: {},
  }),
  entityFinder: member('Entity finder', 'Finds people, organisations, places and dates.', ['entities'], {
    function: 'ENTITIES',
    options: {},
  }),
  toneReader: member('Tone reader', 'Hears how the writer feels.', ['sentiment'], {
    function: 'SENTIMENT',
    options: {},
  }),
  severityJudge: member('Severity judge', 'Judges how bad it is.', ['severity'], {
    function: 'CLASSIFY',
    options: { labels: SEVERITIES, defaultLabel: 'medium' },
  }),
  escalator: member('Escalation writer', 'Writes what the on-call engineer must do.', ['writing'], {
    function: 'TEMPLATE',
    options: { template: ESCALATION },
  }),
  planner: member('Backlog writer', 'Writes the entry for the backlog.', ['writing'], {
    function: 'TEMPLATE',
    options: { template: BACKLOG },
  }),
  reporter: member('Report writer', 'Puts the findings of the others together.', ['writing'], {
    function: 'TEMPLATE',
    options: { template: REPORT },
  }),
} as const satisfies Record<string, CrewMember>;

export type CrewRole = keyof typeof CREW;
/** Ids of the agents by their role in the crew. */
export type Crew = Readonly<Record<CrewRole, string>>;

/** Registers the crew, or brings the agents of these names up to date. Doing it again changes nothing. */
export async function assembleCrew(client: GraphClient): Promise<Crew> {
  const roles = Object.keys(CREW) as CrewRole[];
  const ids = await Promise.all(roles.map((role) => ensureAgent(client, CREW[role])));
  return Object.fromEntries(roles.map((role, index) => [role, ids[index]])) as Crew;
}

type Registered =
  | { __typename: 'RegisterAgentSuccess'; agent: { id: string } }
  | { __typename: 'AgentNameTakenError'; agentId: string }
  | { __typename: 'InvalidInputError'; message: string; fields: { path: string; message: string }[] };

async function ensureAgent(client: GraphClient, wanted: CrewMember): Promise<string> {
  const { registerAgent: result } = await client.request<{ registerAgent: Registered }>(
    `mutation Register($input: RegisterAgentInput!) {
      registerAgent(input: $input) {
        __typename
        ... on RegisterAgentSuccess { agent { id } }
        ... on AgentNameTakenError { agentId }
        ... on InvalidInputError { message fields { path message } }
      }
    }`,
    { input: { ...wanted, kind: 'BUILTIN' } },
  );
  if (result.__typename === 'RegisterAgentSuccess') return result.agent.id;
  if (result.__typename === 'AgentNameTakenError') return updateAgent(client, result.agentId, wanted);
  const problems = result.fields.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new DemoError(`The agent ${wanted.name} was refused: ${problems || result.message}`);
}

interface ExistingAgent extends Omit<CrewMember, 'builtin'> {
  readonly status: string;
  readonly configuration: { readonly function?: string; readonly options?: Record<string, unknown> };
}

async function updateAgent(client: GraphClient, id: string, wanted: CrewMember): Promise<string> {
  const { agent } = await client.request<{ agent: ExistingAgent }>(
    `query Existing($id: ID!) {
      agent(id: $id) {
        name type description capabilities tags status
        configuration { ... on BuiltinConfiguration { function options } }
      }
    }`,
    { id },
  );
  const { configuration, status, ...rest } = agent;
  const found = { ...rest, builtin: { function: configuration.function, options: configuration.options } };
  if (status === 'ACTIVE' && isDeepStrictEqual(found, wanted)) return id;
  const { updateAgent: result } = await client.request<{ updateAgent: { __typename: string; message?: string } }>(
    `mutation Update($input: UpdateAgentInput!) {
      updateAgent(input: $input) { __typename ... on MutationError { message } }
    }`,
    { input: { id, status: 'ACTIVE', ...wanted } },
  );
  if (result.__typename !== 'UpdateAgentSuccess') {
    throw new DemoError(`The agent ${wanted.name} could not be updated: ${result.message}`);
  }
  return id;
}
