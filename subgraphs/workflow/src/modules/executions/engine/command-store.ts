import type { Pool, PoolClient } from 'pg';
import { appendEvents } from '@flowmesh/platform/events';
import { applyCommand } from './apply-command.ts';
import { countChildren, eventsOf, readBeginnings, writeChildren, type ChildCountKey } from './children/child-store.ts';
import {
  beginCompensations,
  eventsOfBegun,
  readCompensations,
  writeCompensations,
} from './compensations/compensation-writes.ts';
import type { Command, CommandOptions, Outcome } from './commands.ts';
import type { Definitions } from './definitions.ts';
import { executionChange, stepChange, toExecutionState, type ExecutionRow, type StepRow } from './engine-rows.ts';
import * as statements from './engine-statements.ts';
import { toNewEvents } from './execution-events.ts';
import { groupBy } from './grouping.ts';
import { inPipelinedTransaction } from './pipelined-transaction.ts';
import { decisionEvents } from './approvals/approval-events.ts';
import { readOpenApprovals, writeApprovals } from './approvals/approval-writes.ts';
import { Turn } from './turn.ts';
import { readFreeSignals, writeWaits } from './waits/wait-writes.ts';

export interface CommandRequest {
  readonly executionId: string;
  readonly command: Command;
  readonly options: CommandOptions;
}

export interface CommandStoreParts {
  /** Made with `pipeline`. */
  readonly pool: Pool;
  readonly definitions: Definitions;
  /** How long a step waits for a service that does not answer. */
  readonly serviceWaitMs: number;
}

/**
 * Applies commands in one transaction: locks the executions, applies each command in memory, and writes the changes with
 * their events. Results are in the order of the requests; null where there is no such execution.
 */
export async function applyCommands(
  { pool, definitions, serviceWaitMs }: CommandStoreParts,
  requests: readonly CommandRequest[],
): Promise<(Outcome | null)[]> {
  const ids = [...new Set(requests.map(({ executionId }) => executionId))];
  return inPipelinedTransaction(pool, async (client, begun) => {
    const toTurn = async (row: ExecutionRow, rows: readonly StepRow[]) => {
      const { workflow_id: workflowId, workflow_version: workflowVersion, scope } = row;
      const definition = await definitions.of({ workflowId, workflowVersion, scope }, client);
      return new Turn(definition, toExecutionState(row, rows), rows[0]?.now ?? new Date(), serviceWaitMs);
    };
    const turns = await lockTurns(client, begun, toTurn, ids, requests);
    await readChildren(client, turns, requests);
    await readCompensations(client, definitions, turns, requests);
    const outcomes = requests.map(({ executionId, command, options }) => {
      const turn = turns.get(executionId);
      return turn ? applyCommand(turn, command, options) : null;
    });
    const changed = [...turns.values()].filter((turn) => turn.changed);
    const beginnings = await readBeginnings(definitions, client, changed);
    await Promise.all(writeTurns(client, changed, beginnings));
    return outcomes;
  });
}

async function lockTurns(
  client: PoolClient,
  begun: Promise<unknown>,
  toTurn: (row: ExecutionRow, steps: readonly StepRow[]) => Promise<Turn>,
  ids: readonly string[],
  requests: readonly CommandRequest[],
): Promise<Map<string, Turn>> {
  // Pipelined but executed in order: the steps are read after the locks are taken.
  const [executions, steps, free, approvals] = await Promise.all([
    client.query<ExecutionRow>({ ...statements.LOCK_EXECUTIONS, values: [ids] }),
    client.query<StepRow>({ ...statements.READ_STEPS, values: [ids] }),
    readFreeSignals(
      client,
      requests.map(({ command }) => command),
    ),
    readOpenApprovals(client, requests),
    begun,
  ]);
  const byExecution = groupBy(steps.rows, (row) => row.execution_id);
  const turns = new Map<string, Turn>();
  for (const row of executions.rows) {
    turns.set(row.id, await toTurn(row, byExecution.get(row.id) ?? []));
  }
  for (const { id, execution_id: executionId } of free) turns.get(executionId)?.waits.free.add(id);
  for (const { executionId, open } of approvals) turns.get(executionId)?.approvals.open.set(open.stepId, open);
  return turns;
}

/** Executions of bodies, where a command is about them. */
async function readChildren(
  client: PoolClient,
  turns: ReadonlyMap<string, Turn>,
  requests: readonly CommandRequest[],
): Promise<void> {
  const keys = new Map<string, ChildCountKey>();
  for (const { executionId, command } of requests) {
    if (command.kind !== 'await-children' && command.kind !== 'children-changed') continue;
    const step = turns.get(executionId)?.state.steps.get(command.stepId);
    if (!step) continue;
    const { stepId, generation, childrenTotal } = step;
    const total = command.kind === 'await-children' ? command.total : (childrenTotal ?? 0);
    keys.set(`${executionId} ${stepId}`, { executionId, stepId, generation, total });
  }
  if (keys.size === 0) return;
  for (const counts of await countChildren(client, [...keys.values()])) {
    turns.get(counts.execution_id)?.setChildren(counts.step_id, counts);
  }
}

function writeTurns(
  client: PoolClient,
  turns: readonly Turn[],
  begun: Awaited<ReturnType<typeof readBeginnings>>,
): Promise<unknown>[] {
  if (turns.length === 0) return [];
  const steps = turns.flatMap(({ state, changedSteps }) => [...changedSteps].map((step) => stepChange(state.id, step)));
  const executions = turns.map(({ state, restarted }) => executionChange(state, restarted));
  const events = turns.flatMap((turn) => turn.events.flatMap((event) => toNewEvents(turn.state, event)));
  const counters = turns.flatMap(({ state, counters: changes }) =>
    changes.map((change) => ({ workflowId: state.workflowId, ...change })),
  );
  return [
    client.query({ ...statements.WRITE_STEPS, values: [JSON.stringify(steps)] }),
    client.query({ ...statements.WRITE_EXECUTIONS, values: [JSON.stringify(executions)] }),
    ...writeChildren(client, turns, begun),
    ...writeResults(client, turns),
    ...writeWaits(client, turns),
    ...writeApprovals(client, turns),
    ...writeCompensations(client, turns),
    ...beginCompensations(client, turns),
    appendEvents(client, [...events, ...turns.flatMap(decisionEvents), ...eventsOf(begun), ...eventsOfBegun(turns)]),
    ...writeStats(client, turns),
    ...count(client, counters),
  ];
}

function writeStats(client: PoolClient, turns: readonly Turn[]): Promise<unknown>[] {
  const changes = turns.flatMap(({ stats }) => stats);
  if (changes.length === 0) return [];
  return [client.query({ ...statements.INSERT_STATS_CHANGES, values: [JSON.stringify(changes)] })];
}

function writeResults(client: PoolClient, turns: readonly Turn[]): Promise<unknown>[] {
  const last = turns
    .filter(({ finished }) => finished)
    .flatMap(({ state, definition }) =>
      definition.steps
        .filter(({ id }) => definition.successors.get(id)?.length === 0)
        .map(({ id }) => ({ execution: state.id, step: id })),
    );
  if (last.length === 0) return [];
  const values = [last.map(({ execution }) => execution), last.map(({ step }) => step)];
  return [client.query({ ...statements.WRITE_RESULTS, values })];
}

export interface WorkflowCount {
  readonly workflowId: string;
  readonly started?: number;
  readonly success?: number;
  readonly failure?: number;
  readonly durationMs?: number;
}

/** Adds to the workflows' counters, each of them once. All statements are sent before this returns. */
export function count(client: PoolClient, changes: readonly WorkflowCount[]): Promise<unknown>[] {
  if (changes.length === 0) return [];
  const sums = [...groupBy(changes, ({ workflowId }) => workflowId)].map(([id, group]) => ({
    id,
    started: sum(group, 'started'),
    success: sum(group, 'success'),
    failure: sum(group, 'failure'),
    duration_ms: sum(group, 'durationMs'),
  }));
  return [
    client.query({ ...statements.LOCK_WORKFLOWS, values: [sums.map(({ id }) => id)] }),
    client.query({ ...statements.COUNT, values: [JSON.stringify(sums)] }),
  ];
}

const sum = (changes: readonly WorkflowCount[], key: Exclude<keyof WorkflowCount, 'workflowId'>): number =>
  changes.reduce((total, change) => total + (change[key] ?? 0), 0);
