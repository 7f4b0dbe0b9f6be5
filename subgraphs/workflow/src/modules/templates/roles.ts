import type { StepDefinition } from '../executions/engine/definition.ts';
import type { StepInput } from '../workflows/validation/workflow-input.ts';

/** In a template, an `agentId` names a role. Ids of agents do not look like this. */
const PREFIX = 'role:';

export const agentOfRole = (role: string): string => `${PREFIX}${role}`;

/** Every `agentId` of a step, also within its configuration. */
function withAgents(value: unknown, replace: (agentId: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => withAgents(item, replace));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'agentId' && typeof inner === 'string' ? replace(inner) : withAgents(inner, replace),
    ]),
  );
}

/** The ids of the agents that the steps name, each once. */
export function agentIdsIn(steps: readonly StepDefinition[]): string[] {
  const found = new Set<string>();
  withAgents(steps, (agentId) => {
    found.add(agentId);
    return agentId;
  });
  return [...found];
}

/** Steps of a workflow as a template keeps them. `roles`: the role of each agent. */
export function toTemplateSteps(steps: readonly StepDefinition[], roles: ReadonlyMap<string, string>): StepInput[] {
  const agentOf = (agentId: string) => agentOfRole(roles.get(agentId) ?? agentId);
  return steps.map((step) => {
    const given = Object.entries(step).filter(([key]) => key !== 'position');
    return withAgents(Object.fromEntries(given), agentOf) as StepInput;
  });
}

/** Steps of a template as a workflow is created with them. `agents`: the agent of each role. */
export function toWorkflowSteps(steps: readonly StepInput[], agents: ReadonlyMap<string, string>): StepInput[] {
  const agentOf = (id: string) => (id.startsWith(PREFIX) ? (agents.get(id.slice(PREFIX.length)) ?? id) : id);
  return withAgents(steps, agentOf) as StepInput[];
}
