import { hasScope, signedIn, type Caller, type Viewer } from '@flowmesh/platform/access';
import { contextScopesOf, type ContextClient } from '@flowmesh/platform/context-use';
import { forbidden, unavailable } from '@flowmesh/platform/errors';
import { ServiceAwayError } from '@flowmesh/platform/services';
import { invalidInput } from '@flowmesh/platform/validation';
import type { WorkflowRecord } from '../../workflows/workflow-record.ts';
import type { Definitions } from '../engine/definitions.ts';
import { writesContext } from '../step-types/context-step.ts';
import { rememberOf } from '../step-types/remember.ts';

const NO_CONTEXT = 'there is no such context, or neither you nor the workflow may read it';
const CONTEXT_REQUIRED = 'is required: executions of this workflow are given a context';
const READ_CONTEXT = 'context:read';
const WRITE_CONTEXT = 'context:write';

/** Whether an execution can have the context that it is given, or one of its own, before it is accepted. */
export class ContextAdmission {
  constructor(
    private readonly parts: {
      readonly definitions: Definitions;
      readonly contexts: Pick<ContextClient, 'find'>;
    },
  ) {}

  /** Why the execution cannot have the context it is given, or the one its workflow creates. Throws when that cannot be checked. */
  async problem(caller: Caller, workflow: WorkflowRecord, contextId: string | null) {
    const viewer = signedIn(caller.viewer);
    if (contextId === null && workflow.contextMode === 'GIVEN') return null;
    if (contextId === null && workflow.contextMode === 'REQUIRED') {
      return invalidInput([{ path: 'contextId', message: CONTEXT_REQUIRED }]);
    }
    const definition = await this.parts.definitions.get(workflow.id, workflow.version);
    const steps = [definition, ...definition.bodies.values()].flatMap((each) => each.steps);
    const writes = contextId === null || steps.some((step) => rememberOf(step) !== null || writesContext(step));
    requireContextScopes(viewer, writes ? [READ_CONTEXT, WRITE_CONTEXT] : [READ_CONTEXT]);
    if (contextId === null) return null;
    const user = {
      userId: viewer.userId,
      scopes: contextScopesOf(viewer),
      roleIds: viewer.roleIds ?? [],
      workflowId: workflow.id,
      requestId: caller.requestId,
    };
    const found = await this.parts.contexts.find(user, contextId).catch((error: unknown) => {
      if (error instanceof ServiceAwayError) throw unavailable(`The context cannot be checked: ${error.message}`);
      throw error;
    });
    return found ? null : invalidInput([{ path: 'contextId', message: NO_CONTEXT }]);
  }
}

/** The engine does no more than the starter may, whatever is shared with the workflow. */
function requireContextScopes(viewer: Viewer, scopes: readonly string[]): void {
  const missing = scopes.filter((scope) => !hasScope(viewer, scope));
  if (missing.length === 0) return;
  const why = missing.includes(WRITE_CONTEXT)
    ? 'Executions of this workflow read and write their context'
    : 'Executions that have a context read it';
  throw forbidden(`${why}: starting one needs ${missing.join(' and ')}.`, { requiredScopes: missing });
}
