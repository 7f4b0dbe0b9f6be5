import { CommandFailure, EXIT } from '../failure.ts';
import type { GraphClient } from '../graph-client.ts';

interface Agent {
  readonly id: string;
  readonly name: string;
  readonly owner: { readonly id: string };
}

type Step = Readonly<Record<string, unknown>>;

/** Names of the agents that steps name, of steps inside of steps too. */
export const agentNamesOf = (steps: unknown): string[] => (Array.isArray(steps) ? namesIn(steps) : []);

/** Gives each step that names its agent the agent's id, in steps inside of steps too. */
export async function withAgentIds(steps: unknown, client: GraphClient, userId: string): Promise<unknown> {
  if (!Array.isArray(steps)) return steps;
  const ids = new Map<string, string>();
  for (const name of new Set(namesIn(steps))) ids.set(name, await findAgent(client, userId, name));
  return replaced(steps as Step[], (step) => {
    const { agent, ...rest } = step;
    return typeof agent === 'string' ? { ...rest, agentId: ids.get(agent) } : step;
  });
}

/** What `change` makes of each step, those inside of it first. */
export function replaced(steps: readonly Step[], change: (step: Step) => Step): Step[] {
  return steps.map((step) => {
    const config = step['config'] as Step | undefined;
    const inner = config?.['steps'];
    return change(
      Array.isArray(inner) ? { ...step, config: { ...config, steps: replaced(inner as Step[], change) } } : step,
    );
  });
}

function namesIn(steps: readonly unknown[]): string[] {
  const names: string[] = [];
  replaced(steps as Step[], (step) => {
    if (typeof step['agent'] === 'string') names.push(step['agent']);
    return step;
  });
  return names;
}

/** Whether this user has an agent of this name. */
export const isRegistered = async (client: GraphClient, userId: string, name: string): Promise<boolean> =>
  (await agentsNamed(client, name)).some(({ owner }) => owner.id === userId);

async function agentsNamed(client: GraphClient, name: string): Promise<Agent[]> {
  const { agents } = await client.request<{ agents: { nodes: readonly Agent[] } }>(
    `query FindAgent($search: String!) { agents(filter: { search: $search }, first: 100) { nodes { id name owner { id } } } }`,
    { search: name },
  );
  return agents.nodes.filter((agent) => agent.name === name);
}

async function findAgent(client: GraphClient, userId: string, name: string): Promise<string> {
  const found = await agentsNamed(client, name);
  const [agent] = found.length > 1 ? found.filter(({ owner }) => owner.id === userId) : found;
  if (agent) return agent.id;
  const message =
    found.length > 1 ? `Several agents are named "${name}", and none of them is yours` : `There is no agent "${name}"`;
  throw new CommandFailure(`${message}: give its agentId, or register it first.`, EXIT.refused);
}
