import { validateAgainst } from '@flowmesh/platform/json-schema';
import { newId } from '@flowmesh/platform/ids';
import type { WorkflowStore } from '../../workflows/workflow-store.ts';
import type { Definitions } from '../engine/definitions.ts';
import type { Engine } from '../engine/engine.ts';
import { keysFor, LimitKeyError } from '../../limits/limit-keys.ts';
import type { LimitStore } from '../../limits/limit-store.ts';
import { StepFailure, type WorkflowPort } from '../step-types/step-type.ts';

const READ_ANY = 'workflow:read-any';
const EXECUTE_ANY = 'workflow:execute-any';

/** Workflows that steps run: under the same conditions as if the starter of the execution had called `executeWorkflow`. */
export class SubWorkflows implements WorkflowPort {
  constructor(
    private readonly workflows: Pick<WorkflowStore, 'find'>,
    private readonly definitions: Definitions,
    private readonly engine: Engine,
    private readonly limits: Pick<LimitStore, 'find'>,
  ) {}

  async admit({ workflowId, input, userId, scopes, hasContext }: Parameters<WorkflowPort['admit']>[0]) {
    const workflow = await this.workflows.find(workflowId);
    const own = workflow?.ownerId === userId;
    if (!workflow || !(own || scopes.includes(READ_ANY))) {
      throw new StepFailure('WORKFLOW_NOT_FOUND', 'There is no such workflow, or the starter may not see it.', false);
    }
    if (!own && !scopes.includes(EXECUTE_ANY)) {
      const message = `The other workflow belongs to somebody else: executing it needs ${EXECUTE_ANY}, which the user who started the execution does not have.`;
      throw new StepFailure('FORBIDDEN', message, false);
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
    execution: Parameters<WorkflowPort['start']>[2],
  ): Promise<string> {
    const definition = await this.definitions.get(workflow.workflowId, workflow.version);
    const { startedById, rights, requestId, depth } = execution;
    const limitKeys = await keysFor(this.limits, workflow.workflowId, input, startedById);
    if (limitKeys instanceof LimitKeyError) {
      throw new StepFailure('WORKFLOW_INPUT', `The other workflow refuses its input: ${limitKeys.message}`, false);
    }
    const started = await this.engine.start({
      id: newId(),
      definition,
      ownerId: workflow.ownerId,
      ...{ startedById, rights, requestId },
      contextId,
      input,
      idempotencyKey,
      limitKeys,
      requestDigest: null,
      metadata: {},
      depth: depth + 1,
    });
    return started.id;
  }
}
