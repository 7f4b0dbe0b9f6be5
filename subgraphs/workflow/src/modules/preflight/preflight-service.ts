import { hasScope, mayTouch, signedIn, type Caller } from '@flowmesh/platform/access';
import { PublicError } from '@flowmesh/platform/errors';
import { validateAgainst } from '@flowmesh/platform/json-schema';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import type { Services } from '@flowmesh/platform/services';
import { jsonValue, parseArgument } from '@flowmesh/platform/validation';
import type { ContextAdmission } from '../executions/contexts/context-admission.ts';
import { inputPath } from '../executions/input-path.ts';
import type { KnownIntegrations } from '../workflows/validation/known-integrations.ts';
import type { KnownPeople } from '../workflows/validation/known-people.ts';
import type { WorkflowRecord } from '../workflows/workflow-record.ts';
import type { WorkflowService } from '../workflows/workflow-service.ts';
import type { WorkflowStore } from '../workflows/workflow-store.ts';
import { agentFindings } from './checks/agents.ts';
import { integrationFindings } from './checks/integrations.ts';
import { missingScopes } from './checks/needed-scopes.ts';
import { notificationFindings } from './checks/notifications.ts';
import { peopleFindings } from './checks/people.ts';
import { error, warning, type Finding, type FindingCode } from './finding.ts';
import { gatherWork, statusProblem } from './gather-work.ts';
import { KnownValues } from './known-values.ts';

const MAX_FINDINGS = 500;
const MAX_INPUT_BYTES = 1_048_576;
const EXECUTE = 'workflow:execute';
const EXECUTE_ANY = 'workflow:execute-any';

export interface PreflightParts {
  readonly store: Pick<WorkflowStore, 'findMany' | 'stepsOf'>;
  readonly workflows: Pick<WorkflowService, 'visible'>;
  readonly services: Services;
  readonly integrations: KnownIntegrations;
  readonly people: KnownPeople;
  readonly admission: Pick<ContextAdmission, 'problem'>;
}

interface Given {
  readonly input: unknown;
  readonly contextId: string | null;
}

/** What an execution would run into, found out with the rights of the caller before anything starts. */
export class PreflightService {
  constructor(private readonly parts: PreflightParts) {}

  /** Null when there is no such workflow for the caller. */
  async look(caller: Caller, id: string, given: Given) {
    const viewer = signedIn(caller.viewer);
    parseArgument('input', jsonValue({ maxBytes: MAX_INPUT_BYTES }), given.input);
    const [workflow] = await this.parts.workflows.visible(viewer, [id]);
    if (!workflow) return null;
    const { services, integrations, people, store } = this.parts;
    const values = new KnownValues(viewer);
    const { work, findings } = await gatherWork(store, viewer, { workflow, input: { value: given.input } }, values);
    const hasContext = given.contextId !== null || workflow.contextMode !== 'GIVEN';
    const [start, ...found] = await Promise.all([
      this.ofStart(caller, workflow, given),
      agentFindings(services, caller, work, values),
      integrationFindings(services, integrations, caller, work),
      notificationFindings(services, caller, work),
      peopleFindings(people, work),
    ]);
    const missing = missingScopes(work, hasContext, (scope) => hasScope(viewer, scope));
    const all = [...start, ...missing, ...found.flat(), ...findings];
    const errors = all.filter(({ severity }) => severity === 'ERROR');
    const others = all.filter(({ severity }) => severity === 'WARNING');
    return { ready: errors.length === 0, findings: [...errors, ...others].slice(0, MAX_FINDINGS) };
  }

  /** Why `executeWorkflow` itself would refuse. */
  private async ofStart(caller: Caller, workflow: WorkflowRecord, { input, contextId }: Given): Promise<Finding[]> {
    const viewer = signedIn(caller.viewer);
    const tell = (told: ReturnType<typeof error>, path: string | null = null): Finding => {
      return { workflowId: workflow.id, stepId: null, path, ...told };
    };
    const needed = mayTouch(viewer, workflow.ownerId, EXECUTE_ANY) ? [EXECUTE] : [EXECUTE, EXECUTE_ANY];
    const missing = needed.filter((scope) => !hasScope(viewer, scope));
    const status = statusProblem(viewer, workflow);
    const problems = workflow.inputSchema
      ? await validateAgainst(workflow.inputSchema, input, waitingViewer(viewer))
      : [];
    return [
      ...missing.map((scope) =>
        tell(error('MISSING_PERMISSION', `Starting it needs ${scope}, which you do not have.`)),
      ),
      ...(status === null ? [] : [tell(error('NOT_EXECUTABLE', status))]),
      ...problems.map(({ path, message }) => tell(error('INVALID_INPUT', message), inputPath(path))),
      ...(await this.contextProblems(caller, workflow, contextId)).map((told) => tell(told, 'contextId')),
    ];
  }

  private async contextProblems(caller: Caller, workflow: WorkflowRecord, contextId: string | null) {
    try {
      const refused = await this.parts.admission.problem(caller, workflow, contextId);
      return (refused?.fields ?? []).map(({ message }) => error('INVALID_CONTEXT', message));
    } catch (thrown) {
      if (!(thrown instanceof PublicError)) throw thrown;
      const code = CODES[String(thrown.extensions['code'])];
      return [code ? error(code, thrown.message) : warning('UNKNOWN', thrown.message)];
    }
  }
}

const CODES: Readonly<Record<string, FindingCode>> = { FORBIDDEN: 'MISSING_PERMISSION' };
