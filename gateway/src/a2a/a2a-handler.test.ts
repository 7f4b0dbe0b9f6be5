import { SendMessageRequest, TaskState, type Task } from '@a2a-js/sdk';
import { ServerCallContext } from '@a2a-js/sdk/server';
import { ANONYMOUS } from '@flowmesh/platform/access';
import type { ExecutionResult } from 'graphql';
import type { SessionWatch } from '../identity/session-watch.ts';
import type { OperationPipeline } from '../operations/operation-pipeline.ts';
import { A2aGraph } from './a2a-graph.ts';
import { A2aHandler } from './a2a-handler.ts';
import { A2A_OPERATIONS } from './a2a-operations.ts';

const execution = {
  ...{ id: 'e-1', workflow: { id: 'w-1' }, status: 'RUNNING', input: {}, result: null, error: null, metadata: {} },
  ...{ createdAt: '2026-01-01T00:00:00Z', startedAt: '2026-01-01T00:00:00Z', completedAt: null },
};
const ANSWERS: Readonly<Record<string, unknown>> = {
  [A2A_OPERATIONS.workflow]: { id: 'w-1' },
  [A2A_OPERATIONS.start]: { __typename: 'ExecuteWorkflowSuccess', execution },
};

/** Updates of a workflow that goes on for ever; `left` tells when nobody follows it any more. */
function endless(left: () => void): AsyncIterableIterator<ExecutionResult> {
  let told = false;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (told) return new Promise<never>(() => undefined);
      told = true;
      return Promise.resolve({ value: { data: { result: { execution } } }, done: false });
    },
    return() {
      left();
      return Promise.resolve({ value: undefined, done: true });
    },
  };
}

test('who waits longer than is waited gets the task as it is, and it is not followed any more', async () => {
  let left = 0;
  const prepare: OperationPipeline['prepare'] = ({ query }) =>
    Promise.resolve(
      query === A2A_OPERATIONS.workflowUpdates
        ? { kind: 'subscription', subscribe: () => Promise.resolve(endless(() => (left += 1))) }
        : {
            kind: 'mutation',
            mayBeDoneInPart: false,
            execute: () => Promise.resolve({ data: { result: ANSWERS[String(query)] } }),
          },
    );
  const graph = new A2aGraph({
    pipeline: { prepare, mayRun: () => true } as unknown as OperationPipeline,
    sessions: { watch: () => () => undefined } as unknown as SessionWatch,
    call: { viewer: ANONYMOUS, requestId: 'r-1' },
    gone: () => new AbortController().signal,
  });
  const handler = new A2aHandler({ graph, publicUrl: 'https://flowmesh.test', agentId: null, waitSeconds: 0.2 });
  const message = { messageId: 'm-1', role: 'ROLE_USER', parts: [{ text: 'x' }], metadata: { skillId: 'w-1' } };
  const context = new ServerCallContext({ requestedVersion: '1.0' });
  const task: Task = await handler.sendMessage(SendMessageRequest.fromJSON({ message }), context);
  expect([task.id, task.status?.state, left]).toEqual(['e-1', TaskState.TASK_STATE_WORKING, 1]);
});
