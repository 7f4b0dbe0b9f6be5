import { mayTouch, signedIn, type Viewer } from '@flowmesh/platform/access';
import type { Connection } from '@flowmesh/platform/connections';
import { newId } from '@flowmesh/platform/ids';
import { CLOSED, type Circuit, type ShownObserver, type PolicyChain } from '@flowmesh/platform/resilience';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import {
  conflict,
  invalidInput,
  notFound,
  parseInput,
  problemsOf,
  type InvalidField,
} from '@flowmesh/platform/validation';
import type { ExecutionStore } from '../executions/execution-store.ts';
import { circuitOf } from '../executions/kinds/llm/llm-settings.ts';
import type { McpToolStore } from '../mcp/mcp-tool-store.ts';
import { AGENT_BREAKER } from '../executions/kinds/protected-runner.ts';
import { visibleOwner } from './agent-access.ts';
import { agentDeregistered, agentRegistered, agentUpdated } from './agent-events.ts';
import { agentBusy, agentNameTaken, type AgentBusy } from './agent-failures.ts';
import { AGENTS, type AgentListArguments } from './agent-query.ts';
import type { DeregisterAgentInput, RegisterAgentInput, UpdateAgentInput } from './agent-input.ts';
import { DEFAULT_RETRY, distinct, mergeRetry, registerShape, schemaProblems, updateShape } from './agent-input.ts';
import type { AgentRecord, AgentTypeRecord, AgentValues } from './agent-record.ts';
import type { AgentSecrets } from './agent-secrets.ts';
import type { AgentStore, NewAgent } from './agent-store.ts';
import { MAX_FALLBACKS } from './configurations/llm-fallbacks.ts';
import type { CheckConfigurations } from './configurations/configurations.ts';

/** The circuit of an agent outside, as all processes see it. */
export interface AgentCircuit extends Circuit {
  readonly observers: ShownObserver[];
}

/** An agent has one circuit, and one for each further model. */
const MODEL_CIRCUITS = Array.from({ length: 1 + MAX_FALLBACKS }, (_, at) => at);

/** What `registerAll` gives: the agents, and how many of them are new. */
export interface RegisteredAgents {
  readonly agents: AgentRecord[];
  readonly registered: number;
}

const MAX_TYPES = 200;
/** Maximum tries of a change that conflicts with concurrent ones. */
const UPDATE_ATTEMPTS = 5;
const NO_AGENT = 'There is no such agent, or you may not see it.';

export interface AgentServiceParts {
  readonly store: AgentStore;
  readonly executions: ExecutionStore;
  readonly secrets: AgentSecrets;
  readonly checkConfiguration: CheckConfigurations;
  /** Of the circuits of agents outside. */
  readonly chain: PolicyChain;
  readonly mcpTools: McpToolStore;
  /** Called after each commit that appended events. */
  readonly published: () => void;
}

/** The registry: who may see and change which agent, and what an agent may be. */
export class AgentService {
  constructor(private readonly parts: AgentServiceParts) {}

  /** In the order of the ids; null for what is not there or may not be seen. */
  async visible(viewer: Viewer, ids: readonly string[]): Promise<(AgentRecord | null)[]> {
    const found = new Map((await this.parts.store.findMany(ids)).map((agent) => [agent.id, agent]));
    return ids.map((id) => {
      const agent = found.get(id);
      return agent && mayTouch(viewer, agent.ownerId, 'agent:read-any') ? agent : null;
    });
  }

  list(viewer: Viewer, args: AgentListArguments): Promise<Connection<AgentRecord>> {
    const query = { filter: args.filter ?? {}, visibleOwner: visibleOwner(viewer) };
    return AGENTS.page(args, query, this.parts.store);
  }

  types(viewer: Viewer): Promise<AgentTypeRecord[]> {
    return this.parts.store.types(visibleOwner(viewer), MAX_TYPES);
  }

  /** In the order of the ids, with what each process has seen. */
  async circuitsOf(ids: readonly string[]): Promise<AgentCircuit[]> {
    const { circuits } = this.parts.chain.store;
    const [found, observers] = await Promise.all([
      circuits.circuits(ids),
      circuits.observers(ids.map((key) => ({ key, ...AGENT_BREAKER }))),
    ]);
    return ids.map((id) => ({ ...(found.get(id) ?? CLOSED), observers: observers.get(id) ?? [] }));
  }

  /** Closes the circuit of an agent, so that it is called at once. */
  async resetCircuit(viewer: Viewer, { id }: { readonly id: string }) {
    const agent = await this.changeable(viewer, id);
    if (!agent) return notFound(NO_AGENT);
    const changed = await this.closeCircuits(id);
    return { __typename: 'ResetAgentCircuitBreakerSuccess' as const, agent, changed };
  }

  /** `preset`: from which the input was made. */
  async register(viewer: Viewer, input: RegisterAgentInput, preset: string | null = null) {
    const { userId } = signedIn(viewer);
    const wanted = await this.toNewAgent(viewer, input, preset);
    if ('problems' in wanted) return invalidInput(wanted.problems);
    const [agent] = (await this.parts.store.create(userId, [wanted], agentRegistered)) ?? [];
    if (!agent) return this.nameTaken(userId, wanted.values.name);
    this.parts.published();
    return { __typename: 'RegisterAgentSuccess' as const, agent };
  }

  /**
   * All or none, in their order. An agent of the caller that has the name and the preset already is taken as it is.
   * Otherwise tells the problems of each, or the agent that has one of the names.
   */
  async registerAll(
    viewer: Viewer,
    inputs: readonly { readonly preset: string; readonly input: RegisterAgentInput }[],
  ): Promise<RegisteredAgents | { readonly problems: InvalidField[][] } | { readonly taken: AgentRecord }> {
    const { userId } = signedIn(viewer);
    const wanted: NewAgent[] = [];
    const problems: InvalidField[][] = [];
    const names = new Set<string>();
    for (const { preset, input } of inputs) {
      const checked = await this.toNewAgent(viewer, input, preset);
      if ('problems' in checked) problems.push(checked.problems);
      else if (names.has(checked.values.name)) problems.push([{ path: 'name', message: 'is given twice' }]);
      else problems.push([]);
      if ('values' in checked) {
        names.add(checked.values.name);
        wanted.push(checked);
      }
    }
    if (problems.some((found) => found.length > 0)) return { problems };
    for (let attempt = 0; ; attempt += 1) {
      const found = await this.parts.store.ofNames(userId, [...names]);
      const byName = new Map(found.map((agent) => [agent.name, agent]));
      const [taken] = wanted.flatMap(({ preset, values }) => {
        const other = byName.get(values.name);
        return other && other.preset !== preset ? [other] : [];
      });
      if (taken) return { taken };
      const missing = wanted.filter(({ values }) => !byName.has(values.name));
      const created = missing.length === 0 ? [] : await this.parts.store.create(userId, missing, agentRegistered);
      if (created) {
        if (created.length > 0) this.parts.published();
        for (const agent of created) byName.set(agent.name, agent);
        return { agents: wanted.flatMap(({ values }) => byName.get(values.name) ?? []), registered: created.length };
      }
      // Somebody has registered one of them at the same time: it is there when looked for again.
      if (attempt === UPDATE_ATTEMPTS) throw new Error('agents of these names come and go');
    }
  }

  private async toNewAgent(
    viewer: Viewer,
    input: RegisterAgentInput,
    preset: string | null,
  ): Promise<NewAgent | { readonly problems: InvalidField[] }> {
    const parsed = parseInput(registerShape, input);
    const whom = waitingViewer(viewer);
    const checked = await this.parts.checkConfiguration(input.kind, input, null, whom);
    const problems = [...problemsOf(parsed), ...(await schemaProblems(input, whom)), ...checked.problems];
    if (!parsed.ok || problems.length > 0) return { problems: distinct(problems) };
    const { data } = parsed;
    const id = newId();
    const values: AgentValues = {
      name: data.name,
      type: data.type,
      description: data.description ?? null,
      capabilities: data.capabilities ?? [],
      inputSchema: data.inputSchema ?? null,
      outputSchema: data.outputSchema ?? null,
      kind: input.kind,
      configuration: checked.configuration,
      sealedSecrets: this.parts.secrets.seal(id, checked.secrets),
      timeoutSeconds: data.timeoutSeconds ?? 60,
      retryPolicy: mergeRetry(data.retryPolicy, DEFAULT_RETRY),
      concurrencyLimit: data.concurrencyLimit ?? 10,
      tags: data.tags ?? [],
      metadata: data.metadata ?? {},
      heartbeat: input.health === 'HEARTBEAT',
    };
    return { id, preset, values };
  }

  async update(viewer: Viewer, input: UpdateAgentInput) {
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt += 1) {
      const agent = await this.changeable(viewer, input.id);
      if (!agent) return notFound(NO_AGENT);
      if (input.expectedVersion != null && input.expectedVersion !== agent.version) {
        return conflict(`The agent is at version ${agent.version}, not ${input.expectedVersion}.`);
      }
      const outcome = await this.updateOnce(viewer, agent, input);
      if (outcome !== 'changed meanwhile') return outcome;
    }
    return conflict('Others are changing this agent; try again.');
  }

  async deregister(viewer: Viewer, { id, force }: DeregisterAgentInput) {
    const agent = await this.changeable(viewer, id);
    if (!agent) return notFound(NO_AGENT);
    const outcome = await this.parts.store.deregister<AgentBusy>(agent, agentDeregistered, async (tx) => {
      const active = await this.parts.executions.countActive(tx, id);
      if (active > 0 && !force) return { refused: agentBusy(active) };
      return { stopped: await this.parts.executions.stopActive(tx, id, 'The agent was deregistered.') };
    });
    if (!outcome) return notFound(NO_AGENT);
    if ('refused' in outcome) return outcome.refused;
    await this.parts.mcpTools.forget(id);
    this.parts.published();
    return { __typename: 'DeregisterAgentSuccess' as const, agentId: id, stoppedExecutions: outcome.stopped };
  }

  /** Null also when the viewer may see but not change the agent; mutations do not distinguish the two. */
  private async changeable(viewer: Viewer, id: string): Promise<AgentRecord | null> {
    const agent = await this.parts.store.find(id);
    return agent && mayTouch(viewer, agent.ownerId, 'agent:write-any') ? agent : null;
  }

  private async updateOnce(viewer: Viewer, agent: AgentRecord, input: UpdateAgentInput) {
    const { store, secrets } = this.parts;
    const before = { configuration: agent.configuration, secrets: secrets.open(agent.id, agent.sealedSecrets) };
    const parsed = parseInput(updateShape, input);
    const whom = waitingViewer(viewer);
    const checked = await this.parts.checkConfiguration(agent.kind, input, before, whom);
    const problems = [...problemsOf(parsed), ...(await schemaProblems(input, whom)), ...checked.problems];
    if (!parsed.ok || problems.length > 0) return invalidInput(distinct(problems));
    const { data } = parsed;
    const kept = <T>(given: T | null | undefined, previous: T, cleared: T): T =>
      given === undefined ? previous : (given ?? cleared);
    const values: AgentValues = {
      name: data.name ?? agent.name,
      type: data.type ?? agent.type,
      description: kept(data.description, agent.description, null),
      capabilities: kept(data.capabilities, [...agent.capabilities], []),
      inputSchema: kept(data.inputSchema, agent.inputSchema, null),
      outputSchema: kept(data.outputSchema, agent.outputSchema, null),
      kind: agent.kind,
      configuration: checked.configuration,
      sealedSecrets: secrets.seal(agent.id, checked.secrets),
      timeoutSeconds: data.timeoutSeconds ?? agent.timeoutSeconds,
      retryPolicy: mergeRetry(data.retryPolicy, agent.retryPolicy),
      concurrencyLimit: data.concurrencyLimit ?? agent.concurrencyLimit,
      tags: kept(data.tags, [...agent.tags], []),
      metadata: kept(data.metadata, agent.metadata, {}),
      heartbeat: input.health == null ? agent.heartbeat : input.health === 'HEARTBEAT',
    };
    // Nothing would find out that one that is not checked any more is well again.
    const isLeft = values.heartbeat && agent.status === 'ERROR';
    const change = {
      status: data.status ?? (isLeft ? ('ACTIVE' as const) : null),
      resetHealth: Boolean(input.http ?? input.mcp ?? input.a2a) || data.status === 'ACTIVE',
    };
    const outcome = await store.update(agent.id, agent.version, values, change, agentUpdated);
    if (outcome === 'changed meanwhile') return outcome;
    if (outcome === 'name taken') return this.nameTaken(agent.ownerId, values.name);
    // Other settings may be of another service; what was seen of the one before says nothing of it.
    if (input.http || input.llm || input.mcp || input.a2a) await this.closeCircuits(agent.id);
    if (input.mcp) await this.parts.mcpTools.forget(agent.id);
    this.parts.published();
    return { __typename: 'UpdateAgentSuccess' as const, agent: outcome };
  }

  /** Of all its models; false when there was nothing to close. */
  private async closeCircuits(id: string): Promise<boolean> {
    const changed = await Promise.all(MODEL_CIRCUITS.map((at) => this.parts.chain.store.reset(circuitOf(id, at))));
    return changed.includes(true);
  }

  private async nameTaken(ownerId: string, name: string) {
    const taken = await this.parts.store.idOfName(ownerId, name);
    // Deleted meanwhile: the caller can repeat the call.
    return taken ? agentNameTaken(name, taken) : invalidInput([{ path: 'name', message: 'was in use; try again' }]);
  }
}
