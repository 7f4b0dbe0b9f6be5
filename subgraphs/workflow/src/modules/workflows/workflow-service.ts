import { isDeepStrictEqual } from 'node:util';
import { signedIn, type Caller, type Viewer } from '@flowmesh/platform/access';
import type { Connection } from '@flowmesh/platform/connections';
import { badInput } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import { conflict, notFound } from '@flowmesh/platform/validation';
import type { StepDefinition } from '../executions/engine/definition.ts';
import { ComparedVersions } from '../versions/compared-versions.ts';
import { diffVersions, type VersionDiff } from '../versions/version-diff.ts';
import { storableIds } from './storable-ids.ts';
import { compensateOnProblems } from './validation/compensation-problems.ts';
import type { KnownAgents } from './validation/known-agents.ts';
import { subWorkflowProblems, type KnownWorkflowsParts } from './validation/known-workflows.ts';
import type { KnownIntegrations } from './validation/known-integrations.ts';
import type { KnownPeople } from './validation/known-people.ts';
import { loopProblems } from './validation/loop-problems.ts';
import type { WorkflowProblem } from './validation/problem.ts';
import { toSteps } from './validation/to-steps.ts';
import { definitionProblems, inOrder, schemaProblems, typeProblems } from './validation/validate-workflow.ts';
import {
  checkValues,
  type CheckedDetails,
  type CreateWorkflowInput,
  type UpdateWorkflowInput,
} from './validation/workflow-input.ts';
import { mayChange, maySee, visibleOwner } from './workflow-access.ts';
import { invalidWorkflow, workflowBusy, workflowChanged, workflowNameTaken } from './workflow-failures.ts';
import { WORKFLOWS, type WorkflowListArguments } from './workflow-query.ts';
import type { DefinitionValues, VersionRecord, WorkflowDetails, WorkflowRecord } from './workflow-record.ts';
import type { WorkflowStore } from './workflow-store.ts';

const NO_WORKFLOW = 'There is no such workflow, or you may not change it.';
const MAX_STEPS = 500;
const MAX_VERSIONS = 100;
/** A workflow may change between reading and writing it; then both happen again. */
const UPDATE_ATTEMPTS = 5;

/** Definitions of workflows: what they are, who may change them, that they can work. */
export class WorkflowService {
  private readonly compared: ComparedVersions;

  constructor(
    private readonly store: WorkflowStore,
    private readonly agents: KnownAgents,
    private readonly integrations: KnownIntegrations,
    private readonly people: KnownPeople,
  ) {
    this.compared = new ComparedVersions(store);
  }

  /** In the order of the ids; null for what is not there or may not be seen. */
  async visible(viewer: Viewer, ids: readonly string[]): Promise<(WorkflowRecord | null)[]> {
    const found = new Map((await this.store.findMany(storableIds(ids))).map((workflow) => [workflow.id, workflow]));
    return ids.map((id) => {
      const workflow = found.get(id);
      return workflow && maySee(viewer, workflow.ownerId) ? workflow : null;
    });
  }

  /** Of executions that may be seen; an execution's workflow exists as long as it does. */
  async ofExecutions(ids: readonly string[]): Promise<(WorkflowRecord | Error)[]> {
    const found = new Map((await this.store.findMany(ids)).map((workflow) => [workflow.id, workflow]));
    return ids.map((id) => found.get(id) ?? new Error(`workflow ${id} was deleted meanwhile`));
  }

  list(viewer: Viewer, args: WorkflowListArguments): Promise<Connection<WorkflowRecord>> {
    return WORKFLOWS.page(args, { filter: args.filter ?? {}, visibleOwner: visibleOwner(viewer) }, this.store);
  }

  /** Of the workflow of this owner that has the name; null when the name is free. */
  idOfName(ownerId: string, name: string): Promise<string | null> {
    return this.store.idOfName(ownerId, name);
  }

  /** Newest first. */
  async versionsOf(workflowIds: readonly string[]): Promise<VersionRecord[][]> {
    const versions = await this.store.versionsOf(workflowIds, MAX_VERSIONS);
    return workflowIds.map((id) => versions.filter(({ workflowId }) => workflowId === id));
  }

  /** How a version differs from another one, by default the current one. Null when the workflow may not be seen. */
  async diff(viewer: Viewer, id: string, from: number, to: number | null): Promise<VersionDiff | null> {
    const [workflow] = await this.visible(viewer, [id]);
    if (!workflow) return null;
    const [before, after] = await Promise.all([
      this.versionOf(workflow, from, 'from'),
      this.versionOf(workflow, to ?? workflow.version, 'to'),
    ]);
    return diffVersions(before, after);
  }

  private async versionOf(workflow: WorkflowRecord, version: number, argument: string) {
    const definition = await this.compared.get(workflow.id, version);
    if (!definition) throw badInput(argument, `must be a version of the workflow, 1 to ${workflow.version}`);
    return { version, definition };
  }

  async stepsOf(versions: readonly { readonly workflowId: string; readonly version: number }[]) {
    const found = await this.store.stepsOf(versions);
    return versions.map((wanted) =>
      found
        .filter(({ workflowId, version }) => workflowId === wanted.workflowId && version === wanted.version)
        .map(({ step }) => step),
    );
  }

  /** Every problem at once; nothing is stored. */
  async validate(caller: Caller, input: CreateWorkflowInput) {
    const { problems } = await this.check(caller, input);
    return { valid: problems.length === 0, problems: [...problems] };
  }

  async create(caller: Caller, input: CreateWorkflowInput) {
    const { userId } = signedIn(caller.viewer);
    const { problems, details, definition } = await this.check(caller, input);
    if (problems.length > 0) return invalidWorkflow(problems);
    const values: WorkflowDetails = {
      name: details.name ?? input.name,
      description: details.description ?? null,
      tags: details.tags ?? [],
      metadata: details.metadata ?? {},
    };
    const status = input.status ?? 'ACTIVE';
    const workflow = await this.store.create(newId(), userId, status, values, definition);
    if (workflow) return { __typename: 'CreateWorkflowSuccess' as const, workflow };
    return this.nameTaken(userId, values.name);
  }

  async update(caller: Caller, input: UpdateWorkflowInput) {
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt += 1) {
      const outcome = await this.tryUpdate(caller, input);
      if (outcome !== 'changed meanwhile') return outcome;
    }
    return conflict('The workflow was changed by somebody else at the same time. Read it again.');
  }

  private async tryUpdate(caller: Caller, input: UpdateWorkflowInput) {
    const workflow = await this.changeable(caller.viewer, input.id);
    if (!workflow) return notFound(NO_WORKFLOW);
    const { expectedRevision } = input;
    if (expectedRevision != null && expectedRevision !== workflow.revision) {
      return workflowChanged(workflow, expectedRevision);
    }
    if (input.expectedVersion != null && input.expectedVersion !== workflow.version) {
      return conflict(`The workflow is at version ${workflow.version}, not ${input.expectedVersion}.`);
    }
    if (workflow.status === 'ARCHIVED') return conflict('The workflow is archived: activate it to change it.');
    const values = checkValues('update', input);
    const before = await this.definitionOf(workflow);
    const definition = merge(before, input);
    const changed = !isDeepStrictEqual(definition, before);
    const problems = [...values.problems, ...(changed ? await this.problemsOf(caller, definition, input) : [])];
    if (problems.length > 0) return invalidWorkflow(inOrder(problems));
    const details = givenDetails(values.details);
    const seen = { version: workflow.version, ...(expectedRevision == null ? {} : { revision: expectedRevision }) };
    const outcome = await this.store.update(workflow.id, seen, details, changed ? definition : null, (known) =>
      subWorkflowProblems(definition.steps, workflow.id, () => true, known),
    );
    if (outcome === 'changed meanwhile') return outcome;
    if (outcome === 'name taken') return this.nameTaken(workflow.ownerId, details.name ?? workflow.name);
    if ('problems' in outcome) return invalidWorkflow(inOrder(outcome.problems));
    return { __typename: 'UpdateWorkflowSuccess' as const, workflow: outcome };
  }

  async remove(viewer: Viewer, id: string) {
    const workflow = await this.changeable(viewer, id);
    const active = workflow ? await this.store.remove(id) : null;
    if (active === null) return notFound(NO_WORKFLOW);
    if (active > 0) return workflowBusy(active);
    return { __typename: 'DeleteWorkflowSuccess' as const, workflowId: id };
  }

  async activate(caller: Caller, id: string) {
    const workflow = await this.changeable(caller.viewer, id);
    if (!workflow) return notFound(NO_WORKFLOW);
    const { steps } = await this.definitionOf(workflow);
    const problems = await this.unknownTo(caller, steps);
    if (problems.length > 0) return invalidWorkflow(problems);
    const active = await this.store.setStatus(id, 'ACTIVE');
    return active ? { __typename: 'ActivateWorkflowSuccess' as const, workflow: active } : notFound(NO_WORKFLOW);
  }

  async archive(viewer: Viewer, id: string) {
    const workflow = await this.changeable(viewer, id);
    const archived = workflow && (await this.store.setStatus(id, 'ARCHIVED'));
    return archived ? { __typename: 'ArchiveWorkflowSuccess' as const, workflow: archived } : notFound(NO_WORKFLOW);
  }

  private async changeable(viewer: Viewer, id: string): Promise<WorkflowRecord | null> {
    const [workflow] = await this.visible(viewer, [id]);
    return workflow && mayChange(viewer, workflow.ownerId) ? workflow : null;
  }

  /** The current version. */
  async definitionOf({ id, version, ...values }: WorkflowRecord): Promise<DefinitionValues> {
    const { type, inputSchema, config, contextMode } = values;
    return { type, inputSchema, config, contextMode, steps: await this.store.stepsOfOne(id, version) };
  }

  private async check(caller: Caller, input: CreateWorkflowInput) {
    const values = checkValues('create', input);
    const type = input.type ?? 'SEQUENTIAL';
    const inputSchema = input.inputSchema ?? null;
    const contextMode = input.contextMode ?? 'GIVEN';
    const steps = toSteps(input.steps, type);
    const definition = { type, inputSchema, config: input.config ?? {}, contextMode, steps };
    const problems = inOrder([...values.problems, ...(await this.problemsOf(caller, definition, input))]);
    return { problems, details: values.details, definition };
  }

  private async problemsOf(
    caller: Caller,
    { type, config, steps, inputSchema }: DefinitionValues,
    given: CreateWorkflowInput | UpdateWorkflowInput,
  ): Promise<WorkflowProblem[]> {
    // Too many are told as such; to look at them all would only take time.
    if (steps.length > MAX_STEPS) return [];
    const schema = given.inputSchema ? await schemaProblems(inputSchema, signedIn(caller.viewer).userId) : [];
    const unknown = given.steps ? this.unknownTo(caller, steps) : [];
    const self = 'id' in given ? given.id : null;
    const others = await subWorkflowProblems(steps, self, (ownerId) => maySee(caller.viewer, ownerId), this.others);
    const whom = waitingViewer(caller.viewer);
    const own = await (type === 'LOOP' ? loopProblems(steps, config, whom) : definitionProblems(steps, whom));
    return [
      ...schema,
      ...compensateOnProblems(config),
      ...typeProblems(steps, type),
      ...own,
      ...others,
      ...(await unknown),
    ];
  }

  /** Steps that name what is not there for the caller. */
  private async unknownTo(caller: Caller, steps: readonly StepDefinition[]): Promise<WorkflowProblem[]> {
    const { agents, integrations, people } = this;
    const problems = [agents.problems(steps, caller), integrations.problems(steps, caller), people.problems(steps)];
    return (await Promise.all(problems)).flat();
  }

  private readonly others: KnownWorkflowsParts = {
    findMany: (ids) => this.store.findMany(storableIds(ids)),
    stepsOf: (versions) => this.store.stepsOf(versions),
  };

  private async nameTaken(ownerId: string, name: string) {
    // It may be gone by now; then the answer of a moment ago still stands, without an id to go to.
    return workflowNameTaken(name, await this.store.idOfName(ownerId, name));
  }
}

function merge(before: DefinitionValues, input: UpdateWorkflowInput): DefinitionValues {
  const type = input.type ?? before.type;
  const steps: readonly StepDefinition[] = input.steps ? toSteps(input.steps, type) : before.steps;
  return {
    type,
    inputSchema: input.inputSchema === undefined ? before.inputSchema : input.inputSchema,
    config: input.config ?? before.config,
    contextMode: input.contextMode ?? before.contextMode,
    steps,
  };
}

/** Null removes a description; for other fields it is the same as leaving it out. */
function givenDetails({ name, description, tags, metadata }: CheckedDetails): Partial<WorkflowDetails> {
  return {
    ...(name ? { name } : {}),
    ...(description === undefined ? {} : { description }),
    ...(tags ? { tags } : {}),
    ...(metadata ? { metadata } : {}),
  };
}
