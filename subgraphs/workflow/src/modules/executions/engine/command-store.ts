import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import { applyCommand } from './apply-command.ts';
import type { Command, CommandOptions, Outcome } from './commands.ts';
import type { Definitions } from './definitions.ts';
import { executionChange, stepChange, toExecutionState, type ExecutionRow, type StepRow } from './engine-rows.ts';
import * as statements from './engine-statements.ts';
import { toNewEvents } from './execution-events.ts';
import { groupBy } from './grouping.ts';
import { Turn } from './turn.ts';

export interface CommandRequest {
  readonly executionId: string;
  readonly command: Command;
  readonly options: CommandOptions;
}

/**
 * Applies commands, all in one transaction: locks the executions, lets each command change them in memory, writes what
 * has changed with its events. Results are in the order of the requests; null where there is no such execution.
 */
export async function applyCommands(
  pool: Pool,
  definitions: Definitions,
  requests: readonly CommandRequest[],
): Promise<(Outcome | null)[]> {
  return inTransaction(pool, async (client) => {
    const turns = await lockTurns(client, definitions, [...new Set(requests.map(({ executionId }) => executionId))]);
    const outcomes = requests.map(({ executionId, command, options }) => {
      const turn = turns.get(executionId);
      return turn ? applyCommand(turn, command, options) : null;
    });
    await writeTurns(
      client,
      [...turns.values()].filter(({ changed }) => changed),
    );
    return outcomes;
  });
}

async function lockTurns(
  client: PoolClient,
  definitions: Definitions,
  ids: readonly string[],
): Promise<Map<string, Turn>> {
  const executions = await client.query<ExecutionRow>({ ...statements.LOCK_EXECUTIONS, values: [ids] });
  const steps = await client.query<StepRow>({ ...statements.READ_STEPS, values: [ids] });
  const byExecution = groupBy(steps.rows, (row) => row.execution_id);
  const turns = new Map<string, Turn>();
  for (const row of executions.rows) {
    const rows = byExecution.get(row.id) ?? [];
    const definition = await definitions.get(row.workflow_id, row.workflow_version, client);
    turns.set(row.id, new Turn(definition, toExecutionState(row, rows), rows[0]?.now ?? new Date()));
  }
  return turns;
}

async function writeTurns(client: PoolClient, turns: readonly Turn[]): Promise<void> {
  if (turns.length === 0) return;
  const steps = turns.flatMap(({ state, changedSteps }) => [...changedSteps].map((step) => stepChange(state.id, step)));
  await client.query({ ...statements.WRITE_STEPS, values: [JSON.stringify(steps)] });
  const executions = turns.map(({ state, restarted }) => executionChange(state, restarted));
  await client.query({ ...statements.WRITE_EXECUTIONS, values: [JSON.stringify(executions)] });
  await writeResults(client, turns);
  await appendEvents(
    client,
    turns.flatMap(({ state, events }) => events.flatMap((event) => toNewEvents(state, event))),
  );
  await count(
    client,
    turns.flatMap(({ state, counters }) => counters.map((change) => ({ workflowId: state.workflowId, ...change }))),
  );
}

async function writeResults(client: PoolClient, turns: readonly Turn[]): Promise<void> {
  const last = turns
    .filter(({ finished }) => finished)
    .flatMap(({ state, definition }) =>
      definition.steps
        .filter(({ id }) => definition.successors.get(id)?.length === 0)
        .map(({ id }) => ({ execution: state.id, step: id })),
    );
  if (last.length === 0) return;
  const values = [last.map(({ execution }) => execution), last.map(({ step }) => step)];
  await client.query({ ...statements.WRITE_RESULTS, values });
}

export interface WorkflowCount {
  readonly workflowId: string;
  readonly started?: number;
  readonly success?: number;
  readonly failure?: number;
  readonly durationMs?: number;
}

/** Adds to the workflows' counters, each of them once. */
export async function count(client: PoolClient, changes: readonly WorkflowCount[]): Promise<void> {
  if (changes.length === 0) return;
  const sums = [...groupBy(changes, ({ workflowId }) => workflowId)].map(([id, group]) => ({
    id,
    started: sum(group, 'started'),
    success: sum(group, 'success'),
    failure: sum(group, 'failure'),
    duration_ms: sum(group, 'durationMs'),
  }));
  await client.query({ ...statements.LOCK_WORKFLOWS, values: [sums.map(({ id }) => id)] });
  await client.query({ ...statements.COUNT, values: [JSON.stringify(sums)] });
}

const sum = (changes: readonly WorkflowCount[], key: Exclude<keyof WorkflowCount, 'workflowId'>): number =>
  changes.reduce((total, change) => total + (change[key] ?? 0), 0);
