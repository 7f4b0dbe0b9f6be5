import { signedIn, type Caller, type Viewer } from '@flowmesh/platform/access';
import type { Connection } from '@flowmesh/platform/connections';
import { forbidden } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import {
  conflict,
  invalidInput,
  notFound,
  parseInput,
  problemsOf,
  type InvalidField,
} from '@flowmesh/platform/validation';
import { storableIds } from '../workflows/storable-ids.ts';
import type { WorkflowService } from '../workflows/workflow-service.ts';
import type { JsonObject } from '../workflows/workflow-record.ts';
import { parameterSchemaProblems, parametersOf } from './parameters.ts';
import { mayChangeTemplate, maySeeTemplate, mayShare, visibleTemplates } from './template-access.ts';
import { templateNameTaken } from './template-failures.ts';
import {
  checkedFilter,
  saveShape,
  updateShape,
  type GivenRoles,
  type SaveTemplateInput,
  type UpdateTemplateInput,
} from './template-input.ts';
import { TEMPLATES, type TemplateListArguments } from './template-query.ts';
import type { TemplateDefinition, TemplateRecord, TemplateRole } from './template-record.ts';
import type { TemplateRoles } from './template-roles.ts';
import type { TemplateStore } from './template-store.ts';
import { toTemplateSteps } from './roles.ts';

const NO_TEMPLATE = 'There is no such template, or you may not change it.';
const BUILT_IN =
  'This template ships with the product: create a workflow from it, and save that as a template of yours.';
const MAX_BYTES = 2_097_152;

/** A definition with roles instead of agents. */
interface Taken {
  readonly definition: TemplateDefinition;
  readonly roles: readonly TemplateRole[];
}

/** Templates: who may see and change which, and how a workflow becomes one. */
export class TemplateService {
  constructor(
    private readonly store: TemplateStore,
    private readonly workflows: WorkflowService,
    private readonly roles: TemplateRoles,
  ) {}

  /** Null for what is not there or may not be seen. */
  async visible(viewer: Viewer, id: string): Promise<TemplateRecord | null> {
    const [storable] = storableIds([id]);
    const template = storable === undefined ? null : await this.store.find(storable);
    return template && maySeeTemplate(viewer, template) ? template : null;
  }

  list(viewer: Viewer, args: TemplateListArguments): Promise<Connection<TemplateRecord>> {
    return TEMPLATES.page(args, { filter: checkedFilter(args.filter), ...visibleTemplates(viewer) }, this.store);
  }

  async save(caller: Caller, { workflowId, ...input }: SaveTemplateInput) {
    const { userId } = signedIn(caller.viewer);
    const parsed = parseInput(saveShape, input);
    const taken = await this.take(caller, workflowId, parsed.ok ? parsed.data.roles : null);
    if (taken === null) return notFound('There is no such workflow, or you may not see it.');
    const problems = [
      ...problemsOf(parsed),
      ...(await this.parameterProblems(input.parameters, caller.viewer)),
      ...taken.problems,
    ];
    if (!parsed.ok || problems.length > 0) return invalidInput(problems);
    const { name, description, tags, parameters } = parsed.data;
    const { definition, roles } = taken.values;
    const template = await this.store.create(newId(), userId, {
      name,
      description: description ?? null,
      tags: tags ?? [],
      parameters: parameters ?? parametersOf(definition.config),
      ...{ roles, definition },
    });
    if (!template) return templateNameTaken(name, await this.store.idOfName(userId, name));
    return { __typename: 'SaveWorkflowAsTemplateSuccess' as const, template };
  }

  async update(caller: Caller, { id, expectedVersion, isShared, workflowId, ...input }: UpdateTemplateInput) {
    const template = await this.changeable(caller.viewer, id);
    if (!template) return notFound(NO_TEMPLATE);
    if (template.ownerId === null) return conflict(BUILT_IN);
    if (expectedVersion != null && expectedVersion !== template.version) {
      return conflict(`The template is at version ${template.version}, not ${expectedVersion}.`);
    }
    if (isShared === true && !template.isShared && !mayShare(caller.viewer)) {
      throw forbidden('Sharing a template with everybody needs workflow:write-any.', {
        requiredScopes: ['workflow:write-any'],
      });
    }
    const parsed = parseInput(updateShape, input);
    const taken =
      workflowId == null ? undefined : await this.take(caller, workflowId, parsed.ok ? parsed.data.roles : null);
    if (taken === null) return notFound('There is no such workflow, or you may not see it.');
    const problems = [
      ...problemsOf(parsed),
      ...(await this.parameterProblems(input.parameters, caller.viewer)),
      ...(taken?.problems ?? []),
      ...(input.roles && workflowId == null ? [ROLES_ALONE] : []),
    ];
    if (!parsed.ok || problems.length > 0) return invalidInput(problems);
    const { name, description, tags, parameters } = parsed.data;
    const outcome = await this.store.update(template.id, template.version, {
      ...(name ? { name } : {}),
      ...(description === undefined ? {} : { description }),
      ...(tags ? { tags } : {}),
      ...(parameters ? { parameters } : taken ? { parameters: parametersOf(taken.values.definition.config) } : {}),
      ...(taken?.values ?? {}),
      ...(isShared == null ? {} : { isShared }),
    });
    if (outcome === 'changed meanwhile') return conflict('The template was changed at the same time: read it again.');
    if (outcome === 'name taken') {
      const taken = name ?? template.name;
      return templateNameTaken(taken, await this.store.idOfName(template.ownerId, taken));
    }
    return { __typename: 'UpdateWorkflowTemplateSuccess' as const, template: outcome };
  }

  async remove(viewer: Viewer, id: string) {
    const template = await this.changeable(viewer, id);
    if (!template) return notFound(NO_TEMPLATE);
    if (template.ownerId === null) return conflict(BUILT_IN);
    if (!(await this.store.remove(template.id))) return notFound(NO_TEMPLATE);
    return { __typename: 'DeleteWorkflowTemplateSuccess' as const, templateId: template.id };
  }

  /** Null also when the viewer may see but not change it; mutations do not distinguish the two. */
  private async changeable(viewer: Viewer, id: string): Promise<TemplateRecord | null> {
    const template = await this.visible(viewer, id);
    return template && mayChangeTemplate(viewer, template) ? template : null;
  }

  /** The definition of a workflow, with the roles of its agents; null when the caller may not see it. */
  private async take(
    caller: Caller,
    workflowId: string,
    given: GivenRoles,
  ): Promise<{ readonly values: Taken; readonly problems: InvalidField[] } | null> {
    const [workflow] = await this.workflows.visible(caller.viewer, [workflowId]);
    if (!workflow) return null;
    const { steps, ...rest } = await this.workflows.definitionOf(workflow);
    const { roles, byAgent, problems } = await this.roles.of(steps, given ?? [], caller);
    const definition = { ...rest, steps: toTemplateSteps(steps, byAgent) };
    const size = Buffer.byteLength(JSON.stringify(definition));
    const large = {
      path: 'workflowId',
      message: `is of a workflow of ${size} bytes; at most ${MAX_BYTES} are possible`,
    };
    return { values: { definition, roles }, problems: size > MAX_BYTES ? [...problems, large] : problems };
  }

  private async parameterProblems(schema: JsonObject | null | undefined, viewer: Viewer): Promise<InvalidField[]> {
    // Anything but an object is told by the shape of the input.
    const isObject = typeof schema === 'object' && schema !== null && !Array.isArray(schema);
    return isObject ? parameterSchemaProblems(schema, waitingViewer(viewer)) : [];
  }
}

const ROLES_ALONE: InvalidField = {
  path: 'roles',
  message: 'belong to a workflow: give workflowId too, or leave them out',
};
