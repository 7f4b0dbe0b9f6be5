import { signedIn, type Caller } from '@flowmesh/platform/access';
import { ErrorCode, unavailable } from '@flowmesh/platform/errors';
import { ServiceAwayError, ServiceRefusedError, type Services } from '@flowmesh/platform/services';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { CreateAgentsInput } from './template-input.ts';

export interface KnownAgent {
  readonly id: string;
  readonly type: string;
  readonly preset: string | null;
}

const BY_ID = `query AgentsOfTemplate($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Agent { id type preset } }
}`;

const REGISTER = `mutation RegisterTeam($input: RegisterAgentsFromPresetsInput!) {
  registerAgentsFromPresets(input: $input) {
    __typename
    ... on RegisterAgentsFromPresetsSuccess { agents { id type preset } }
    ... on AgentNameTakenError { message agentId }
    ... on InvalidInputError { fields { path message } }
  }
}`;

/** The first agents of each type among the caller's own, the newest first: `t0`, `t1` … */
const byType = (types: readonly string[]) => {
  const variables = types.map((_type, at) => `$t${at}: String!`).join(', ');
  const fields = types.map(
    (_type, at) =>
      `t${at}: agents(filter: { type: $t${at}, ownerId: $owner, status: ACTIVE }, first: 20) { nodes { id type preset } }`,
  );
  return `query CandidatesOfTemplate($owner: ID!, ${variables}) { ${fields.join(' ')} }`;
};

type Registered =
  | { readonly __typename: 'RegisterAgentsFromPresetsSuccess'; readonly agents: readonly KnownAgent[] }
  | { readonly __typename: 'AgentNameTakenError'; readonly message: string; readonly agentId: string }
  | { readonly __typename: 'InvalidInputError'; readonly fields: readonly InvalidField[] };

/** Agents of the agent service, as the caller sees them. Throws when the service does not answer. */
export class AgentDirectory {
  constructor(private readonly services: Services) {}

  /** Those that exist and that the caller may see. */
  async ofIds(ids: readonly string[], caller: Caller): Promise<KnownAgent[]> {
    if (ids.length === 0) return [];
    const representations = ids.map((id) => ({ __typename: 'Agent', id }));
    const found = await this.ask<{ _entities: (KnownAgent | null)[] }>(BY_ID, { representations }, caller);
    return found?._entities.flatMap((agent) => agent ?? []) ?? [];
  }

  /** By type: an active agent of the caller, one of the preset of that name before others, the newest first. */
  async ofTypes(types: readonly string[], caller: Caller): Promise<Map<string, KnownAgent>> {
    if (types.length === 0) return new Map();
    const variables = Object.fromEntries(types.map((type, at) => [`t${at}`, type]));
    const owner = signedIn(caller.viewer).userId;
    const found = await this.ask<Record<string, { nodes: KnownAgent[] }>>(
      byType(types),
      { ...variables, owner },
      caller,
    );
    return new Map(
      types.flatMap((type, at) => {
        const nodes = found?.[`t${at}`]?.nodes ?? [];
        const chosen = nodes.find(({ preset }) => preset === type) ?? nodes[0];
        return chosen ? [[type, chosen] as const] : [];
      }),
    );
  }

  /** Registers an agent of each preset, all or none; by preset. Repeating it gives the same agents. */
  async register(
    presets: readonly string[],
    model: CreateAgentsInput,
    caller: Caller,
  ): Promise<Map<string, KnownAgent> | readonly InvalidField[]> {
    const input = { ...model, agents: presets.map((preset) => ({ preset })) };
    const answer = await this.ask<{ registerAgentsFromPresets: Registered }>(REGISTER, { input }, caller);
    const path = 'createAgents';
    if (!answer) return [{ path, message: 'needs agent:write and agent:read: name the agents in `agents` instead' }];
    const { registerAgentsFromPresets: outcome } = answer;
    switch (outcome.__typename) {
      case 'RegisterAgentsFromPresetsSuccess':
        return new Map(outcome.agents.map((agent) => [agent.type, agent]));
      case 'AgentNameTakenError': {
        const message = `${outcome.message} It is not of the preset: name it (${outcome.agentId}) or another one in \`agents\`, or rename it.`;
        return [{ path, message }];
      }
      case 'InvalidInputError':
        return outcome.fields.map((field) => ({ path: `${path}.${field.path}`, message: field.message }));
    }
  }

  /** Null when the caller may not. */
  private async ask<T>(query: string, variables: Record<string, unknown>, caller: Caller): Promise<T | null> {
    const service = this.services.get('agent');
    if (!service) throw new Error('the agent subgraph is not configured');
    try {
      return await service.ask<T>({ query, variables }, caller);
    } catch (error) {
      if (error instanceof ServiceRefusedError && error.code === ErrorCode.forbidden) return null;
      if (error instanceof ServiceAwayError) throw unavailable(`The agents cannot be looked up: ${error.message}`);
      throw error;
    }
  }
}
