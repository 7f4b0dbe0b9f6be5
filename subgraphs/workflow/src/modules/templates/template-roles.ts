import type { Caller } from '@flowmesh/platform/access';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { StepDefinition } from '../executions/engine/definition.ts';
import type { AgentDirectory } from './agent-directory.ts';
import { agentIdsIn } from './roles.ts';
import { MAX_ROLES, type GivenRoles } from './template-input.ts';
import type { TemplateRole } from './template-record.ts';

interface FoundRoles {
  readonly roles: TemplateRole[];
  readonly byAgent: ReadonlyMap<string, string>;
  readonly problems: InvalidField[];
}

/** `TestEngineer` → `testEngineer`; what cannot be a name is `agent`. */
function roleNameOf(type: string): string {
  const letters = type.replace(/[^A-Za-z0-9]+/g, '').slice(0, 50);
  return /^[A-Za-z]/.test(letters) ? letters[0]?.toLowerCase() + letters.slice(1) : 'agent';
}

/** The name, or with a number behind it when it is taken. */
function free(name: string, taken: ReadonlySet<string>): string {
  let candidate = name;
  for (let number = 2; taken.has(candidate); number += 1) candidate = `${name}${number}`;
  return candidate;
}

/** Turns the agents of a workflow into roles: as named by the caller, or after their types. */
export class TemplateRoles {
  constructor(private readonly directory: AgentDirectory) {}

  async of(steps: readonly StepDefinition[], given: NonNullable<GivenRoles>, caller: Caller): Promise<FoundRoles> {
    const ids = agentIdsIn(steps);
    const agents = new Map((await this.directory.ofIds(ids, caller)).map((agent) => [agent.id, agent]));
    const named = new Map(given.map((role) => [role.agentId, role]));
    const problems = problemsOf(ids, given);
    const taken = new Set(given.map(({ name }) => name));
    const byAgent = new Map<string, string>();
    const roles = ids.map((id): TemplateRole => {
      const role = named.get(id);
      const agent = agents.get(id);
      const name = role?.name ?? free(roleNameOf(agent?.type ?? 'agent'), taken);
      taken.add(name);
      byAgent.set(id, name);
      return {
        name,
        description: role?.description ?? null,
        preset: role?.preset ?? agent?.preset ?? null,
        agentType: agent?.type ?? null,
      };
    });
    return { roles, byAgent, problems };
  }
}

function problemsOf(ids: readonly string[], given: NonNullable<GivenRoles>): InvalidField[] {
  const known = new Set(ids);
  const agents = new Set<string>();
  const names = new Set<string>();
  const problems = given.flatMap(({ agentId, name }, at): InvalidField[] => {
    const found: InvalidField[] = [];
    if (!known.has(agentId)) found.push({ path: `roles[${at}].agentId`, message: 'is not an agent of the workflow' });
    else if (agents.has(agentId)) found.push({ path: `roles[${at}].agentId`, message: 'is given twice' });
    if (names.has(name)) found.push({ path: `roles[${at}].name`, message: 'is given twice' });
    agents.add(agentId);
    names.add(name);
    return found;
  });
  const many = `is of a workflow of ${ids.length} agents; at most ${MAX_ROLES} are possible`;
  return ids.length > MAX_ROLES ? [...problems, { path: 'workflowId', message: many }] : problems;
}
