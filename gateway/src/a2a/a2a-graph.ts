import { RequestMalformedError, TaskNotCancelableError, UnsupportedOperationError } from '@a2a-js/sdk/errors';
import type { CallContext } from '@flowmesh/platform/federation';
import type { A2aExecution } from '@flowmesh/platform/a2a';
import type { ExecutionResult } from 'graphql';
import { SessionStream } from '../http/session-stream.ts';
import type { SessionWatch } from '../identity/session-watch.ts';
import type { Gone, OperationPipeline } from '../operations/operation-pipeline.ts';
import { RefusedOperation, runOperation } from '../operations/run-operation.ts';
import { A2A_OPERATIONS, type ShownAgent, type ShownPush, type ShownWorkflow } from './a2a-operations.ts';
import { workflowTask, type ShownWorkflowExecution } from './a2a-workflows.ts';

/** What of A2A the refusals of mutations are; the others are wrong parameters. */
const ERRORS: Readonly<Record<string, new (message: string) => Error>> = {
  AgentExecutionEndedError: TaskNotCancelableError,
  AgentUnavailableError: UnsupportedOperationError,
  WorkflowExecutionStateError: TaskNotCancelableError,
  WorkflowNotExecutableError: UnsupportedOperationError,
};

interface MutationAnswer {
  readonly __typename: string;
  readonly message?: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
}

interface Update {
  readonly execution: A2aExecution;
  readonly outputDelta: string | null;
}

interface WorkflowAnswer {
  readonly execution: ShownWorkflowExecution;
}

interface ExecutionPage {
  readonly nodes: readonly A2aExecution[];
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

export interface A2aGraphParts {
  readonly pipeline: OperationPipeline;
  readonly sessions: SessionWatch;
  readonly call: CallContext;
  readonly gone: Gone;
}

/** The graph as one caller of the A2A endpoint uses it. Throws `RefusedOperation`, and for what mutations refuse errors of A2A. */
export class A2aGraph {
  private readonly open = new Set<SessionStream>();

  constructor(private readonly parts: A2aGraphParts) {}

  /** Ends what is followed, also while it waits. */
  close(): void {
    for (const stream of this.open) void stream.return();
  }

  async agents(first: number): Promise<readonly ShownAgent[]> {
    return ((await this.run('agents', { first })) as { nodes: ShownAgent[] }).nodes;
  }

  async agent(id: string): Promise<ShownAgent | null> {
    return (await this.run('agent', { id })) as ShownAgent | null;
  }

  async execution(id: string): Promise<A2aExecution | null> {
    return (await this.run('task', { id })) as A2aExecution | null;
  }

  async executions(variables: Record<string, unknown>): Promise<ExecutionPage> {
    return (await this.run('tasks', variables)) as ExecutionPage;
  }

  async begin(input: Record<string, unknown>): Promise<A2aExecution> {
    return ((await this.mutate('begin', input)) as unknown as { execution: A2aExecution }).execution;
  }

  async cancel(id: string): Promise<A2aExecution> {
    const input = { id, reason: 'Cancelled by A2A.' };
    return ((await this.mutate('cancel', input)) as unknown as { execution: A2aExecution }).execution;
  }

  async pushes(id: string): Promise<{ readonly agentId: string; readonly pushes: readonly ShownPush[] } | null> {
    return (await this.run('pushes', { id })) as { agentId: string; pushes: ShownPush[] } | null;
  }

  async setPush(input: Record<string, unknown>): Promise<ShownPush> {
    return ((await this.mutate('setPush', input)) as unknown as { push: ShownPush }).push;
  }

  async deletePush(executionId: string, key: string): Promise<void> {
    await this.mutate('deletePush', { executionId, key });
  }

  /** None where the caller may not read workflows. */
  async workflows(first: number): Promise<readonly ShownWorkflow[]> {
    return this.mayRun('workflows')
      ? ((await this.run('workflows', { first })) as { nodes: ShownWorkflow[] }).nodes
      : [];
  }

  async isWorkflow(id: string): Promise<boolean> {
    return this.mayRun('workflow') && (await this.run('workflow', { id })) !== null;
  }

  async workflowExecution(id: string): Promise<A2aExecution | null> {
    const found = this.mayRun('workflowTask') ? await this.run('workflowTask', { id }) : null;
    return found === null ? null : workflowTask(found as ShownWorkflowExecution);
  }

  async startWorkflow(input: Record<string, unknown>): Promise<A2aExecution> {
    return workflowTask(((await this.mutate('start', input)) as unknown as WorkflowAnswer).execution);
  }

  async cancelWorkflow(id: string): Promise<A2aExecution> {
    const input = { id, reason: 'Cancelled by A2A.' };
    return workflowTask(((await this.mutate('cancelWorkflow', input)) as unknown as WorkflowAnswer).execution);
  }

  /** An execution of an agent as it is, and as it goes on, until it has ended, or until the session of the caller has. */
  async *updates(id: string): AsyncGenerator<Update, void, undefined> {
    for await (const result of this.follow('updates', id)) yield result as Update;
  }

  /** The same of a workflow, which has no text before its end. */
  async *workflowUpdates(id: string): AsyncGenerator<Update, void, undefined> {
    for await (const result of this.follow('workflowUpdates', id)) {
      yield { execution: workflowTask((result as WorkflowAnswer).execution), outputDelta: null };
    }
  }

  private async *follow(name: 'updates' | 'workflowUpdates', id: string): AsyncGenerator<unknown, void, undefined> {
    const { pipeline, sessions, call } = this.parts;
    const prepared = await pipeline.prepare({ query: A2A_OPERATIONS[name], variables: { id } }, call);
    if (prepared.kind === 'refused') throw new RefusedOperation(prepared.errors, prepared.status);
    if (prepared.kind !== 'subscription') throw new Error('This is a subscription.');
    const results = await prepared.subscribe();
    if ('kind' in results) throw new RefusedOperation(results.errors, results.status);
    const bound = new SessionStream(results, (end) =>
      sessions.watch(call.viewer, (error) => end({ errors: pipeline.refuse([error], call).errors })),
    );
    this.open.add(bound);
    try {
      for await (const result of bound) yield resultOf(result);
    } finally {
      this.open.delete(bound);
    }
  }

  private mayRun(name: keyof typeof A2A_OPERATIONS): boolean {
    return this.parts.pipeline.mayRun({ query: A2A_OPERATIONS[name] }, this.parts.call);
  }

  private run(name: keyof typeof A2A_OPERATIONS, variables: Record<string, unknown>): Promise<unknown> {
    const { pipeline, call, gone } = this.parts;
    return runOperation(pipeline, call, A2A_OPERATIONS[name], variables, gone);
  }

  private async mutate(name: keyof typeof A2A_OPERATIONS, input: Record<string, unknown>): Promise<MutationAnswer> {
    const answer = (await this.run(name, { input })) as MutationAnswer;
    if (!answer.__typename.endsWith('Error')) return answer;
    const places = (answer.fields ?? []).map(({ path, message }) => `${path} ${message}`);
    const Refusal = ERRORS[answer.__typename] ?? RequestMalformedError;
    throw new Refusal(places.join('; ') || (answer.message ?? 'Refused.'));
  }
}

function resultOf({ data, errors = [] }: ExecutionResult): unknown {
  const result: unknown = data?.['result'];
  if (!result) throw new RefusedOperation(errors, 200);
  return result;
}
