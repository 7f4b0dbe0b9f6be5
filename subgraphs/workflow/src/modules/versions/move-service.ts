import { signedIn, type Viewer } from '@flowmesh/platform/access';
import { validateAgainst } from '@flowmesh/platform/json-schema';
import { id, invalidInput, notFound, parseInput } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { Definitions } from '../executions/engine/definitions.ts';
import type { Engine } from '../executions/engine/engine.ts';
import type { ExecutionHeaders } from '../executions/engine/execution-headers.ts';
import type { MovePlan, MoveProblem } from '../executions/engine/move/move-plan.ts';
import { wrongState } from '../executions/execution-failures.ts';
import type { ExecutionRecord } from '../executions/execution-record.ts';
import type { ExecutionService } from '../executions/execution-service.ts';
import type { ExecutionStore } from '../executions/execution-store.ts';
import { inputPath } from '../executions/input-path.ts';
import type { DefinitionValues } from '../workflows/workflow-record.ts';
import type { WorkflowStore } from '../workflows/workflow-store.ts';

const NO_EXECUTION = 'There is no such execution, or it is not yours.';
const MAX_VERSION = 2_147_483_647;
/** Of what is wrong with its input: enough to see what the version asks for. */
const MAX_INPUT_PROBLEMS = 20;

const shape = z.object({ id: id(), toVersion: z.number().int().min(1).max(MAX_VERSION) });

export interface MoveInput {
  readonly id: string;
  readonly toVersion: number;
  readonly dryRun?: boolean | null;
}

export interface MoveServiceParts {
  readonly store: Pick<ExecutionStore, 'findMany' | 'hasOpenParts'>;
  readonly executions: Pick<ExecutionService, 'commandable'>;
  readonly workflows: Pick<WorkflowStore, 'definitionOf'>;
  readonly definitions: Definitions;
  readonly engine: Engine;
  readonly headers: Pick<ExecutionHeaders, 'forget'>;
}

/** Lets executions go on by another version of their workflow. */
export class MoveService {
  constructor(private readonly parts: MoveServiceParts) {}

  async move(viewer: Viewer, input: MoveInput) {
    const checked = parseInput(shape, input);
    if (!checked.ok) return checked.error;
    const execution = await this.parts.executions.commandable(viewer, input.id);
    if (!execution) return notFound(NO_EXECUTION);
    const state = await this.stateProblem(execution);
    if (state) return wrongState(execution.status, state);
    const { toVersion: version, dryRun } = input;
    const values = await this.parts.workflows.definitionOf(execution.workflowId, version);
    if (!values || version === execution.workflowVersion) {
      const message = values ? 'is the version that it goes by already' : 'must be a version of its workflow';
      return invalidInput([{ path: 'toVersion', message }]);
    }
    const before = await settingProblems(execution, values, signedIn(viewer).userId);
    const definition = await this.parts.definitions.get(execution.workflowId, version);
    const command = { kind: 'move', definition, dryRun: (dryRun ?? false) || before.length > 0 } as const;
    const outcome = await this.parts.engine.apply(execution.id, command);
    const [now] = await this.parts.store.findMany([execution.id]);
    if (!outcome || !now) return notFound(NO_EXECUTION);
    this.parts.headers.forget(execution.id);
    if (!outcome.plan) return wrongState(outcome.status, WRONG_STATE);
    return answer(now, outcome.plan, before, outcome.applied);
  }

  /** Why it cannot be moved, whatever the version; null when that depends on its steps. */
  private async stateProblem({ id: executionId, ...execution }: ExecutionRecord): Promise<string | null> {
    const { parentId, status, isQueued, compensationStatus } = execution;
    if (parentId !== null) return `It is a part of the execution ${parentId}: move that one.`;
    if (isQueued) return 'It waits for a limit of its workflow: cancel it, and start a new one.';
    if (status !== 'FAILED' && status !== 'PAUSED') return WRONG_STATE;
    if (compensationStatus === 'PENDING') await this.parts.engine.apply(executionId, { kind: 'compensate' });
    const [now] = await this.parts.store.findMany([executionId]);
    if (now && now.compensationStatus !== 'NONE') {
      return 'What its steps had done is undone by their compensations: start a new execution instead.';
    }
    if (await this.parts.store.hasOpenParts(executionId)) {
      return 'Some of its items or rounds have not ended yet: let them end, or try again in a moment.';
    }
    return null;
  }
}

const WRONG_STATE = 'Only executions that have failed or are paused can be moved: pause it first.';

/** What of an execution does not fit a version, besides its steps. */
async function settingProblems(
  { input, contextId }: ExecutionRecord,
  { inputSchema, contextMode }: DefinitionValues,
  owner: string,
): Promise<MoveProblem[]> {
  const wrong = inputSchema ? await validateAgainst(inputSchema, input ?? null, { owner }) : [];
  const problems: MoveProblem[] = wrong
    .slice(0, MAX_INPUT_PROBLEMS)
    .map(({ path, message }) => ({ code: 'INPUT_INVALID', stepId: null, message: `${inputPath(path)}: ${message}` }));
  if (contextMode === 'REQUIRED' && contextId === null) {
    const message = 'The version requires a context, and the execution has none: start a new one with a context.';
    problems.push({ code: 'CONTEXT_MISSING', stepId: null, message });
  }
  return problems;
}

function answer(execution: ExecutionRecord, plan: MovePlan, before: readonly MoveProblem[], moved: boolean) {
  const problems = [...before, ...plan.problems];
  if (problems.length > 0) {
    return {
      __typename: 'WorkflowExecutionNotMovableError' as const,
      code: 'WORKFLOW_EXECUTION_NOT_MOVABLE',
      message: `The execution cannot go on by this version: ${problems[0]?.message}`,
      problems,
    };
  }
  return { __typename: 'MoveWorkflowExecutionSuccess' as const, execution, moved, steps: [...plan.steps] };
}
