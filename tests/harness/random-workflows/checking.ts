import { isDeepStrictEqual } from 'node:util';
import { sql } from '../databases.ts';
import { showExecution } from '../fixtures.ts';
import type { GraphClient } from '../graph.ts';
import type { ProductAddress } from '../test-config.ts';
import type { TestUser } from '../users.ts';
import type { Node } from './nodes.ts';
import type { Interpretation } from './reference.ts';

/** Results that say more than the reference does. */
const isTold = (kind: string) => ['NOTIFICATION', 'CONTEXT', 'WAIT_FOR_EVENT', 'APPROVAL'].includes(kind);

/** Notifications that a user has sent, by label. */
export async function sentBy(product: ProductAddress, user: TestUser): Promise<Map<string, number>> {
  const sent = await sql<{ content: string; count: number }>(
    product,
    'notification',
    'select content, count(*)::int as count from notifications where sender_id = $1 group by 1',
    [user.id],
  );
  return new Map(sent.map(({ content, count }) => [`notification ${content}`, count]));
}

/** What its steps have written into the context of an execution, by label. */
async function writtenBy(graph: GraphClient, id: string): Promise<Map<string, number>> {
  const { workflowExecution } = await graph.query<{
    workflowExecution: { context: { resolved: { value: Record<string, number> } } | null };
  }>('query ($id: ID!) { workflowExecution(id: $id) { context { resolved { value } } } }', { id });
  // The first step that begins creates it, so one of which all steps are skipped has none.
  const facts = Object.entries(workflowExecution.context?.resolved.value ?? {});
  return new Map(facts.map(([label, n]) => [`context ${label}`, n]));
}

/** What was not done as it should, or should not have been done. */
function wrongEffects(run: string, { fatal, effects }: Interpretation, found: ReadonlyMap<string, number>): string[] {
  const allowed = new Map([...effects.possible, ...effects.certain]);
  const required = fatal.length === 0 ? effects.certain : new Map<string, number>();
  const wrong: string[] = [];
  for (const [label, times] of required) {
    if (found.get(label) !== times) wrong.push(`${label}: ${found.get(label) ?? 0} instead of ${times}`);
  }
  for (const [label, times] of found) {
    const isOurs = label.split(' ')[1]?.startsWith(`${run}/`);
    if (isOurs && times > (allowed.get(label) ?? 0)) wrong.push(`${label}: ${times} of ${allowed.get(label) ?? 0}`);
  }
  return wrong;
}

/** Why steps of an execution, and of its parts, have failed: told where it is not as the reference says. */
async function errorsOf(graph: GraphClient, id: string): Promise<unknown> {
  const errors = 'steps { id status error { code message } }';
  const { workflowExecution } = await graph.query<{ workflowExecution: unknown }>(
    `query ($id: ID!) { workflowExecution(id: $id) {
       ${errors} steps { children(first: 5) { nodes { id ${errors} } } } } }`,
    { id },
  );
  return workflowExecution;
}

/** Fails unless an execution has ended as the reference says, and has done outside what it says, so often. */
export async function expectAsInterpreted(
  { graph }: TestUser,
  { id, run, nodes }: { readonly id: string; readonly run: string; readonly nodes: readonly Node[] },
  expected: Interpretation,
  /** What was done outside, by label. */
  done: ReadonlyMap<string, number>,
): Promise<void> {
  const execution = await showExecution(graph, id);
  const wrong = wrongEffects(run, expected, new Map([...done, ...(await writtenBy(graph, id))]));
  if (expected.fatal.length > 0) {
    const { status, error } = execution;
    const isFatal = expected.fatal.includes(error?.stepId ?? '');
    expect({ id, nodes, wrong, status, isFatal }).toEqual({ id, nodes, wrong: [], status: 'FAILED', isFatal: true });
    return;
  }
  const kinds = new Map(nodes.map((node) => [node.id, node.does.kind]));
  const steps = Object.fromEntries(
    execution.steps.map(({ id: stepId, status, result }) => {
      const more = status === 'COMPLETED' && isTold(kinds.get(stepId) ?? '') && result !== null;
      return [stepId, { status, result: more ? 'something' : result }];
    }),
  );
  const told = Object.fromEntries(
    nodes.map(({ id: stepId, does }) => {
      const each = expected.steps[stepId];
      return [stepId, each?.status === 'COMPLETED' && isTold(does.kind) ? { ...each, result: 'something' } : each];
    }),
  );
  const { status } = execution;
  const isAsTold = status === 'COMPLETED' && wrong.length === 0 && isDeepStrictEqual(steps, told);
  const errors = isAsTold ? null : await errorsOf(graph, id);
  const expectedAll = { id, nodes, wrong: [], status: 'COMPLETED', steps: told, errors: null };
  expect({ id, nodes, wrong, status, steps, errors }).toEqual(expectedAll);
}
