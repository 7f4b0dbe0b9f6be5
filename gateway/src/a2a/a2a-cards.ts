import { VERSION } from '@flowmesh/platform/version';
import type { ShownAgent, ShownWorkflow } from './a2a-operations.ts';

/** Address of the endpoint for all agents; of one agent: with `/agents/<id>`. */
export const A2A_PATH = '/a2a';
export const CARD_PATH = '/.well-known/agent-card.json';

const MAX_DESCRIPTION = 2_000;
const MODES = ['application/json', 'text/plain'];

/** JSON of A2A 1.0; the SDK makes that of 0.3 from it. */
type CardJson = Record<string, unknown>;

function cardOf(url: string, card: { name: string; description: string; version: string; skills: object[] }): CardJson {
  return {
    ...card,
    provider: { organization: 'Flowmesh', url: new URL(url).origin },
    supportedInterfaces: ['1.0', '0.3'].map((protocolVersion) => ({
      url,
      protocolBinding: 'JSONRPC',
      protocolVersion,
    })),
    capabilities: { streaming: true, pushNotifications: true, extendedAgentCard: true, extensions: [] },
    securitySchemes: {
      bearer: {
        httpAuthSecurityScheme: {
          scheme: 'bearer',
          description:
            'An access token of `login`, or an API key with the scopes agent:read and agent:execute, for workflows workflow:read and workflow:execute.',
        },
      },
    },
    securityRequirements: [{ schemes: { bearer: { list: [] } } }],
    defaultInputModes: MODES,
    defaultOutputModes: MODES,
  };
}

const skillOf = ({ id, name, type, description, capabilities, tags }: ShownAgent) => ({
  id,
  name,
  description: (description ?? type).slice(0, MAX_DESCRIPTION),
  tags: [...new Set([type, ...capabilities, ...tags])],
  examples: [],
});

const skillOfWorkflow = ({ id, name, description, tags }: ShownWorkflow) => ({
  id,
  name,
  description: (description ?? 'A workflow.').slice(0, MAX_DESCRIPTION),
  tags: [...new Set(['workflow', ...tags])],
  examples: [],
});

/** The card of the product: who has signed in sees the agents and workflows that they may use, one skill each. */
export const productCard = (
  publicUrl: string,
  agents: readonly ShownAgent[],
  workflows: readonly ShownWorkflow[],
): CardJson =>
  cardOf(`${publicUrl}${A2A_PATH}`, {
    name: 'Flowmesh',
    description:
      'Agents of this Flowmesh. Sign in and read the extended card: each skill is an agent or a workflow. Name it as `skillId` in the metadata of a message.',
    version: VERSION,
    skills: [...agents.map(skillOf), ...workflows.map(skillOfWorkflow)],
  });

export const agentCard = (publicUrl: string, agent: ShownAgent): CardJson =>
  cardOf(`${publicUrl}${A2A_PATH}/agents/${agent.id}`, {
    name: agent.name,
    description: (agent.description ?? agent.type).slice(0, MAX_DESCRIPTION),
    version: String(agent.version),
    skills: [skillOf(agent)],
  });
