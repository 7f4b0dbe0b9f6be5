import type { Caller } from '@flowmesh/platform/access';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { AgentDirectory } from './agent-directory.ts';
import type { CreateFromTemplateInput } from './template-input.ts';
import type { TemplateRole } from './template-record.ts';

/** Where the agent of a role comes from: named by the caller, found among theirs, or registered for it. */
export type CastSource = 'GIVEN' | 'FOUND' | 'REGISTERED';

export interface CastMember {
  readonly role: string;
  readonly agentId: string;
  readonly source: CastSource;
}

/** Who plays the roles of a template as far as is known, and what is to be registered for the others. */
export interface Cast {
  readonly members: readonly CastMember[];
  readonly vacant: readonly (TemplateRole & { readonly preset: string })[];
}

/** What is wrong with the roles that were given. */
function givenProblems(roles: readonly TemplateRole[], given: CreateFromTemplateInput['agents']): InvalidField[] {
  const names = roles.map(({ name }) => name);
  const roleOf = new Set<string>();
  return (given ?? []).flatMap(({ role }, at) => {
    const path = `agents[${at}].role`;
    if (!names.includes(role)) {
      const known = names.length > 0 ? `there are ${names.join(', ')}` : 'this one has none';
      return [{ path, message: `is no role of this template: ${known}` }];
    }
    const twice = roleOf.has(role);
    roleOf.add(role);
    return twice ? [{ path, message: 'is given twice' }] : [];
  });
}

const vacancy = ({ name, preset, agentType }: TemplateRole, canRegister: boolean): InvalidField => {
  const searched = agentType === null ? '' : `, and you have no active agent of the type ${agentType}`;
  const register = preset !== null && !canRegister ? ', or give createAgents, the model for new ones' : '';
  return { path: 'agents', message: `names nobody for ${name}${searched}: add {role: "${name}", agentId}${register}` };
};

/** Finds the agents: those that are named, then active ones of the caller of the type of the role. */
export async function castRoles(
  roles: readonly TemplateRole[],
  { agents, createAgents }: Pick<CreateFromTemplateInput, 'agents' | 'createAgents'>,
  directory: AgentDirectory,
  caller: Caller,
): Promise<Cast | { readonly problems: InvalidField[] }> {
  const problems = givenProblems(roles, agents);
  if (problems.length > 0) return { problems };
  const given = new Map((agents ?? []).map(({ role, agentId }) => [role, agentId]));
  const open = roles.filter(({ name }) => !given.has(name));
  const types = [...new Set(open.flatMap(({ agentType }) => agentType ?? []))];
  const [known, found] = await Promise.all([
    directory.ofIds([...new Set(given.values())], caller),
    directory.ofTypes(types, caller),
  ]);
  const visible = new Set(known.map(({ id }) => id));
  const unknown = (agents ?? []).flatMap(({ agentId }, at) =>
    visible.has(agentId)
      ? []
      : [{ path: `agents[${at}].agentId`, message: 'there is no such agent, or you may not see it' }],
  );
  const members = roles.flatMap(({ name: role, agentType }): CastMember[] => {
    const agentId = given.get(role);
    if (agentId !== undefined) return [{ role, agentId, source: 'GIVEN' }];
    const agent = agentType === null ? undefined : found.get(agentType);
    return agent ? [{ role, agentId: agent.id, source: 'FOUND' }] : [];
  });
  const playing = new Set(members.map(({ role }) => role));
  const missing = roles.filter(({ name }) => !playing.has(name));
  const vacant = createAgents ? missing.flatMap((role) => (role.preset ? [{ ...role, preset: role.preset }] : [])) : [];
  const nobody = missing.filter(({ preset }) => !createAgents || !preset);
  const lacking = nobody.map((role) => vacancy(role, Boolean(createAgents)));
  if (unknown.length > 0 || lacking.length > 0) return { problems: [...unknown, ...lacking] };
  return { members, vacant };
}
