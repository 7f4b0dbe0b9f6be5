import type { Pool, PoolClient } from 'pg';
import { appendEvents } from '@flowmesh/platform/events';
import { applyCommand } from './apply-command.ts';
import { countChildren, eventsOf, readBeginnings, writeChildren, type ChildCountKey } from './children/child-store.ts';
import { readRootParts, writeRootParts, type RootParts } from './children/root-parts.ts';
import {
  beginCompensations,
  eventsOfBegun,
  readCompensations,
  writeCompensations,
} from './compensations/compensation-writes.ts';
import type { Command, CommandOptions, Outcome } from './commands.ts';
import type { Definitions } from './definitions.ts';
import { executionChange, stepChange, toExecutionState, type ExecutionRow, type StepRow } from './engine-rows.ts';
import { writeLogs } from './logs/log-writes.ts';
import * as statements from './engine-statements.ts';
import { toNewEvents } from './execution-events.ts';
import { lastSteps, resultOf } from './execution-result.ts';
import { groupBy } from './grouping.ts';
import { inPipelinedTransaction } from './pipelined-transaction.ts';
import { decisionEvents } from './approvals/approval-events.ts';
import { compensationDecisionEvents } from './compensations/compensation-events.ts';
import { readOpenApprovals, writeApprovals } from './approvals/approval-writes.ts';
import { writeMoves } from './move/move-writes.ts';
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
    const { turns, partsBegun } = await lockTurns(client, begun, toTurn, ids, requests);
    const roots = await readChildren(client, turns, partsBegun, requests);
    await readCompensations(client, definitions, turns, requests);
    const outcomes = requests.map(({ executionId, command, options }) => {
      const turn = turns.get(executionId);
      return turn ? applyCommand(turn, command, options) : null;
    });
    const changed = [...turns.values()].filter((turn) => turn.changed);
    const beginnings = await readBeginnings(definitions, client, changed);
    await Promise.all([...writeTurns(client, changed, beginnings), ...writeRootParts(client, roots)]);
    return outcomes;
  });
}

async function lockTurns(
  client: PoolClient,
  begun: Promise<unknown>,
  toTurn: (row: ExecutionRow, steps: readonly StepRow[]) => Promise<Turn>,
  ids: readonly string[],
  requests: readonly CommandRequest[],
): Promise<{ readonly turns: Map<string, Turn>; readonly partsBegun: ReadonlyMap<string, number> }> {
  const parents = requests.filter(isAboutChildren).map(({ executionId }) => executionId);
  // Pipelined but executed in order: the steps are read after the locks are taken.
  const [executions, steps, free, approvals] = await Promise.all([
    parents.length > 0
      ? client.query<ExecutionRow>({ ...statements.LOCK_WITH_ROOTS, values: [ids, parents] })
      : client.query<ExecutionRow>({ ...statements.LOCK_EXECUTIONS, values: [ids] }),
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
  const wanted = new Set(ids);
  for (const row of executions.rows) {
    if (!wanted.has(row.id)) continue;
    const turn = await toTurn(row, byExecution.get(row.id) ?? []);
    turn.waits.free = free;
    turns.set(row.id, turn);
  }
  for (const { executionId, open } of approvals) turns.get(executionId)?.approvals.open.set(open.stepId, open);
  return { turns, partsBegun: new Map(executions.rows.map((row) => [row.id, row.parts_begun])) };
}

/** Needs what is known of executions of bodies. */
const isAboutChildren = ({ command }: CommandRequest): boolean =>
  command.kind === 'await-children' || command.kind === 'children-changed';

/** Executions of bodies, where a command is about them. */
async function readChildren(
  client: PoolClient,
  turns: ReadonlyMap<string, Turn>,
  partsBegun: ReadonlyMap<string, number>,
  requests: readonly CommandRequest[],
): Promise<ReadonlyMap<string, RootParts>> {
  const keys = new Map<string, ChildCountKey>();
  const roots = new Map<string, number>();
  for (const { executionId, command } of requests) {
    if (command.kind !== 'await-children' && command.kind !== 'children-changed') continue;
    const state = turns.get(executionId)?.state;
    if (state) roots.set(state.rootId, partsBegun.get(state.rootId) ?? 0);
    const step = turns.get(executionId)?.state.steps.get(command.stepId);
    if (!step) continue;
    const { stepId, generation, childrenTotal } = step;
    const total = command.kind === 'await-children' ? command.total : (childrenTotal ?? 0);
    keys.set(`${executionId} ${stepId}`, { executionId, stepId, generation, total });
  }
  if (keys.size === 0) return new Map();
  const [counted, parts] = await Promise.all([countChildren(client, [...keys.values()]), readRootParts(client, roots)]);
  for (const counts of counted) turns.get(counts.execution_id)?.setChildren(counts.step_id, counts);
  for (const turn of turns.values()) turn.root = parts.get(turn.state.rootId);
  return parts;
}

function writeTurns(
  client: PoolClient,
  turns: readonly Turn[],
  begun: Awaited<ReturnType<typeof readBeginnings>>,
): Promise<unknown>[] {
  if (turns.length === 0) return [];
  const steps = turns.flatMap(({ state, changedSteps }) => [...changedSteps].map((step) => stepChange(state.id, step)));
  const results = new Map(turns.map((turn) => [turn, turn.finished ? resultOf(turn) : undefined]));
  const executions = turns.map((turn) => executionChange(turn.state, turn.restarted, results.get(turn)));
  const events = turns.flatMap((turn) => turn.events.flatMap((event) => toNewEvents(turn.state, event)));
  return [
    ...writeMoves(client, turns),
    client.query({ ...statements.WRITE_STEPS, values: [JSON.stringify(steps)] }),
    client.query({ ...statements.WRITE_EXECUTIONS, values: [JSON.stringify(executions)] }),
    ...writeChildren(client, turns, begun),
    ...writeResults(
      client,
      turns.filter((turn) => turn.finished && !results.get(turn)),
    ),
    ...writeWaits(client, turns),
    ...writeApprovals(client, turns),
    ...writeCompensations(client, turns),
    ...beginCompensations(client, turns),
    appendEvents(client, [
      ...events,
      ...turns.flatMap(decisionEvents),
      ...turns.flatMap(compensationDecisionEvents),
      ...eventsOf(begun),
      ...eventsOfBegun(turns),
    ]),
    ...writeStats(client, turns),
    ...writeLogs(
      client,
      turns.flatMap(({ logs }) => logs),
    ),
    ...count(client, countersOf(turns)),
  ];
}

export function writeStats(client: PoolClient, turns: readonly Turn[]): Promise<unknown>[] {
  const changes = turns.flatMap(({ stats }) => stats);
  if (changes.length === 0) return [];
  return [client.query({ ...statements.INSERT_STATS_CHANGES, values: [JSON.stringify(changes)] })];
}

/** Of executions that have completed, where some of the result was written before. */
function writeResults(client: PoolClient, turns: readonly Turn[]): Promise<unknown>[] {
  const last = turns.flatMap(({ state, definition }) =>
    lastSteps(definition).map((step) => ({ execution: state.id, step })),
  );
  if (last.length === 0) return [];
  const values = [last.map(({ execution }) => execution), last.map(({ step }) => step)];
  return [client.query({ ...statements.WRITE_RESULTS, values })];
}

/** What turns add to the counters of workflows. */
export const countersOf = (turns: readonly Turn[]): WorkflowCount[] =>
  turns.flatMap(({ state, counters }) => counters.map((change) => ({ workflowId: state.workflowId, ...change })));

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
