import { HttpDouble, sendJson } from '@flowmesh/platform/testing';
import { sql } from '../databases.ts';
import type { GraphClient } from '../graph.ts';
import type { ProductAddress } from '../test-config.ts';

interface Work {
  readonly label: string;
  readonly n: number;
}

/** An agent and a service on the network: they remember what they were asked to do, and fail when they are told to. */
export async function startOutside() {
  /** Idempotency keys of the agent's work, by label. */
  const work = new Map<string, Set<string>>();
  const calls = new Map<string, number>();
  const double = await HttpDouble.start(({ path, body, headers }, response) => {
    if (path === '/') return sendJson(response, {});
    if (path === '/agent') {
      const { input } = JSON.parse(body) as { input: Work & { failing: number } };
      const keys = work.get(input.label) ?? new Set();
      work.set(input.label, keys.add(headers['idempotency-key'] as string));
      // The same key is the same work, and fails or succeeds as before.
      const attempt = [...keys].indexOf(headers['idempotency-key'] as string);
      return attempt < input.failing ? sendJson(response, {}, 503) : sendJson(response, { n: input.n + 1 });
    }
    const { label, n, fails } = JSON.parse(body) as Work & { fails: boolean };
    calls.set(label, (calls.get(label) ?? 0) + 1);
    sendJson(response, fails ? { why: 'as it was told' } : { n: n + 1 }, fails ? 422 : 200);
  });
  return {
    url: double.url,
    /** How often each thing was done, by label. */
    effects: () =>
      new Map<string, number>([
        ...[...work].map(([label, keys]) => [`agent ${label}`, keys.size] as const),
        ...[...calls].map(([label, times]) => [`integration ${label}`, times] as const),
      ]),
    stop: () => double.stop(),
  };
}

/** Sends the signals and makes the decisions that executions wait for. */
export async function answer(product: ProductAddress, graph: GraphClient): Promise<void> {
  const waits = await sql<{ execution: string }>(
    product,
    'workflow',
    `select distinct execution_id as execution from workflow_event_waits where event = 'go'`,
  );
  const signals = waits.map(({ execution }) =>
    graph.ask(
      'mutation ($input: SignalWorkflowExecutionInput!) { signalWorkflowExecution(input: $input) { __typename } }',
      { input: { executionId: execution, name: 'go', payload: {} } },
    ),
  );
  const { pendingApprovals } = await graph.query<{ pendingApprovals: { nodes: Asked[] } }>(
    '{ pendingApprovals(first: 100) { nodes { executionId stepId message } } }',
  );
  const decisions = pendingApprovals.nodes.map(({ executionId, stepId, message }) =>
    graph.ask(
      message === 'yes'
        ? 'mutation ($input: DecideWorkflowApprovalInput!) { approveWorkflowStep(input: $input) { __typename } }'
        : 'mutation ($input: DecideWorkflowApprovalInput!) { rejectWorkflowStep(input: $input) { __typename } }',
      { input: { executionId, stepId } },
    ),
  );
  await Promise.all([...signals, ...decisions]);
}

interface Asked {
  readonly executionId: string;
  readonly stepId: string;
  readonly message: string;
}
