import { signedIn, type Caller } from '@flowmesh/platform/access';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import {
  invalidInput,
  notFound,
  parseInput,
  problemsOf,
  tidyName,
  type InvalidField,
} from '@flowmesh/platform/validation';
import type { CreateWorkflowInput } from '../workflows/validation/workflow-input.ts';
import { invalidWorkflow, workflowNameTaken } from '../workflows/workflow-failures.ts';
import type { WorkflowService } from '../workflows/workflow-service.ts';
import type { AgentDirectory } from './agent-directory.ts';
import { castRoles, type Cast, type CastMember } from './cast.ts';
import { parameterValues } from './parameters.ts';
import { agentOfRole, toWorkflowSteps } from './roles.ts';
import { createShape, type CreateAgentsInput, type CreateFromTemplateInput } from './template-input.ts';
import type { TemplateRecord } from './template-record.ts';
import type { TemplateService } from './template-service.ts';

/** Makes workflows from templates: parameters become constants, roles become agents. */
export class TemplateInstaller {
  constructor(
    private readonly parts: {
      readonly templates: TemplateService;
      readonly workflows: WorkflowService;
      readonly directory: AgentDirectory;
    },
  ) {}

  /**
   * Everything that can be refused is found before an agent is registered. Agents are registered together or not at all.
   * If the workflow is then refused after all (another took its name at that moment), the agents stay: somebody else may
   * have found them by now, and the next attempt finds them too.
   */
  async create(caller: Caller, input: CreateFromTemplateInput) {
    const { templates, workflows } = this.parts;
    const template = await templates.visible(caller.viewer, input.templateId);
    if (!template) return notFound('There is no such template, or you may not see it.');
    const checked = await this.check(caller, template, input);
    if ('problems' in checked) return invalidInput(checked.problems);
    const { cast, values } = checked;
    const wanted = (members: readonly CastMember[]) => workflowInput(template, input, values, members);
    const { userId } = signedIn(caller.viewer);
    const name = tidyName(wanted([]).name);
    const taken = await workflows.idOfName(userId, name);
    if (taken !== null) return workflowNameTaken(name, taken);
    const members = await this.fill(caller, cast, input.createAgents ?? null, wanted(cast.members));
    if ('__typename' in members) return members;
    const outcome = await workflows.create(caller, wanted(members));
    if (outcome.__typename !== 'CreateWorkflowSuccess') return outcome;
    const { workflow } = outcome;
    return { __typename: 'CreateWorkflowFromTemplateSuccess' as const, workflow, agents: [...members] };
  }

  private async check(
    caller: Caller,
    template: TemplateRecord,
    input: CreateFromTemplateInput,
  ): Promise<
    { readonly problems: InvalidField[] } | { readonly cast: Cast; readonly values: Record<string, unknown> }
  > {
    const parsed = parseInput(createShape, input);
    if (!parsed.ok) return { problems: [...problemsOf(parsed)] };
    const { parameters, agents } = parsed.data;
    const [given, cast] = await Promise.all([
      parameterValues(template.parameters, parameters ?? {}, waitingViewer(caller.viewer)),
      castRoles(template.roles, { agents, createAgents: input.createAgents }, this.parts.directory, caller),
    ]);
    const problems = [...given.problems, ...('problems' in cast ? cast.problems : [])];
    if (problems.length > 0 || 'problems' in cast) return { problems };
    return { cast, values: given.values };
  }

  /** Registers agents for the roles that nobody plays, once the workflow is known to be right but for them. */
  private async fill(
    caller: Caller,
    { members, vacant }: Cast,
    model: CreateAgentsInput | null,
    input: CreateWorkflowInput,
  ) {
    if (vacant.length === 0 || model === null) return members;
    const { problems } = await this.parts.workflows.validate(caller, input);
    const others = problems.filter(({ code }) => code !== 'UNKNOWN_AGENT');
    if (others.length > 0) return invalidWorkflow(others);
    const presets = [...new Set(vacant.map(({ preset }) => preset))];
    const agents = await this.parts.directory.register(presets, model, caller);
    if (!(agents instanceof Map)) return invalidInput(agents);
    const registered = vacant.flatMap(({ name: role, preset }): CastMember[] => {
      const agent = agents.get(preset);
      return agent ? [{ role, agentId: agent.id, source: 'REGISTERED' }] : [];
    });
    return [...members, ...registered];
  }
}

/** What `createWorkflow` would be given for the same workflow. */
function workflowInput(
  template: TemplateRecord,
  input: CreateFromTemplateInput,
  values: Record<string, unknown>,
  members: readonly CastMember[],
): CreateWorkflowInput {
  const { definition } = template;
  // Roles that nobody plays yet keep their place.
  const vacant = template.roles.map(({ name }) => [name, agentOfRole(name)] as const);
  const agents = new Map([...vacant, ...members.map(({ role, agentId }) => [role, agentId] as const)]);
  return {
    ...definition,
    name: input.name ?? template.name,
    description: input.description === undefined ? template.description : input.description,
    tags: input.tags ?? template.tags,
    status: input.status ?? 'ACTIVE',
    config: { ...definition.config, ...values },
    steps: toWorkflowSteps(definition.steps, agents),
  };
}
