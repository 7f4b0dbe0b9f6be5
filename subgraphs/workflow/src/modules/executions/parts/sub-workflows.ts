import { validateAgainst } from '@flowmesh/platform/json-schema';
import { newId } from '@flowmesh/platform/ids';
import type { WorkflowStore } from '../../workflows/workflow-store.ts';
import type { Definitions } from '../engine/definitions.ts';
import type { Engine } from '../engine/engine.ts';
import { StepFailure, type StepRun, type WorkflowPort } from '../step-types/step-type.ts';

const EXECUTE = 'workflow:execute';
const READ_ANY = 'workflow:read-any';
const EXECUTE_ANY = 'workflow:execute-any';

/** Workflows that steps run: under the same conditions as if the starter of the execution had called `executeWorkflow`. */
export class SubWorkflows implements WorkflowPort {
  constructor(
    private readonly workflows: Pick<WorkflowStore, 'find'>,
    private readonly definitions: Definitions,
    private readonly engine: Engine,
  ) {}

  async admit({ workflowId, input, userId, scopes, hasContext }: Parameters<WorkflowPort['admit']>[0]) {
    const workflow = await this.workflows.find(workflowId);
    const own = workflow?.ownerId === userId;
    if (!workflow || !(own || scopes.includes(READ_ANY))) {
      throw new StepFailure('WORKFLOW_NOT_FOUND', 'There is no such workflow, or the starter may not see it.', false);
    }
    if (!scopes.includes(EXECUTE) || !(own || scopes.includes(EXECUTE_ANY))) {
      throw new StepFailure('FORBIDDEN', 'The starter may not execute the other workflow.', false);
    }
    if (workflow.status === 'ARCHIVED' || (workflow.status === 'DRAFT' && !own)) {
      throw new StepFailure('WORKFLOW_NOT_EXECUTABLE', `The other workflow is ${workflow.status}.`, false);
    }
    if (workflow.contextMode === 'REQUIRED' && !hasContext) {
      throw new StepFailure('CONTEXT_NOT_FOUND', 'The other workflow needs a context: set passContext.', false);
    }
    const problems = workflow.inputSchema ? await validateAgainst(workflow.inputSchema, input, { owner: userId }) : [];
    if (problems.length > 0) {
      const all = problems.map(({ path, message }) => `${path || 'input'}: ${message}`).join('; ');
      throw new StepFailure('WORKFLOW_INPUT', `The other workflow refuses its input: ${all}`, false);
    }
    return { workflowId, version: workflow.version, ownerId: workflow.ownerId };
  }

  async start(
    workflow: Parameters<WorkflowPort['start']>[0],
    { input, contextId, idempotencyKey }: Parameters<WorkflowPort['start']>[1],
    execution: StepRun['execution'],
  ): Promise<string> {
    const definition = await this.definitions.get(workflow.workflowId, workflow.version);
    const { startedById, agentScopes, contextScopes, starterRoleIds, workflowScopes, eventScopes, serviceScopes } =
      execution;
    const { requestId, depth } = execution;
    const started = await this.engine.start({
      id: newId(),
      definition,
      ownerId: workflow.ownerId,
      ...{
        startedById,
        agentScopes,
        contextScopes,
        starterRoleIds,
        workflowScopes,
        eventScopes,
        serviceScopes,
        requestId,
      },
      contextId,
      input,
      idempotencyKey,
      requestDigest: null,
      metadata: {},
      depth: depth + 1,
    });
    return started.id;
  }
}
