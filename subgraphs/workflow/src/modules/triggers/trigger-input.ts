import type { Viewer } from '@flowmesh/platform/access';
import { checkCel, checkJsonata, type ExpressionProblem, type Reference } from '@flowmesh/platform/expressions';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import { id, jsonValue, line, text, type InvalidField } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { TRIGGER_EVENTS } from '../event-types/event-types.ts';
import { cronProblem, isTimeZone } from './schedule/schedule.ts';
import type { TriggerKind, TriggerValues } from './trigger-record.ts';

const MAX_INPUT_BYTES = 1_048_576;

const values = {
  name: line({ min: 1, max: 255 }),
  cron: line({ min: 1, max: 100 }).nullish(),
  timeZone: line({ min: 1, max: 100 }).nullish(),
  eventType: text({ max: 100 }).nullish(),
  integrationId: id().nullish(),
  filter: text({ min: 1, max: 2_000 }).nullish(),
  input: jsonValue({ maxBytes: MAX_INPUT_BYTES }).nullish(),
  inputExpression: text({ min: 1, max: 10_000 }).nullish(),
  overlap: z.enum(['ALLOW', 'SKIP', 'QUEUE', 'CANCEL_OLD']).nullish(),
  misfire: z.enum(['RUN_ONCE', 'SKIP']).nullish(),
};
export const createShape = z.object({
  ...values,
  workflowId: id(),
  kind: z.enum(['SCHEDULE', 'EVENT', 'WEBHOOK']),
  status: z.enum(['ACTIVE', 'PAUSED']).nullish(),
});
export const updateShape = z.object({ ...values, id: id(), name: values.name.nullish() });
export const runShape = z.object({ id: id(), idempotencyKey: text({ min: 1, max: 255 }).nullish() });

export type CreateWorkflowTriggerInput = z.input<typeof createShape>;
export type UpdateWorkflowTriggerInput = z.input<typeof updateShape>;

/** The fields that say when a trigger of each kind fires; the first is required. */
const FIELDS: Readonly<Record<TriggerKind, readonly (keyof TriggerValues)[]>> = {
  SCHEDULE: ['cron', 'timeZone', 'misfire'],
  EVENT: ['eventType', 'filter'],
  WEBHOOK: ['integrationId', 'filter'],
};
const OF_KINDS = ['cron', 'timeZone', 'eventType', 'integrationId', 'filter'] as const;

export const newValues = (given: z.output<typeof createShape>): TriggerValues => ({
  name: given.name,
  cron: given.cron ?? null,
  timeZone: given.timeZone ?? (given.kind === 'SCHEDULE' ? 'UTC' : null),
  eventType: given.eventType ?? null,
  integrationId: given.integrationId ?? null,
  filter: given.filter ?? null,
  input: given.input ?? null,
  inputExpression: given.inputExpression ?? null,
  overlap: given.overlap ?? 'ALLOW',
  misfire: given.misfire ?? 'RUN_ONCE',
});

/** Null removes `filter`, `input` and `inputExpression`; of the last two, one that is given replaces the other. */
export function changedValues(before: TriggerValues, given: z.output<typeof updateShape>): TriggerValues {
  const replaced = (mine: unknown, other: unknown, kept: unknown) =>
    mine !== undefined ? mine : other != null ? null : kept;
  return {
    name: given.name ?? before.name,
    cron: given.cron ?? before.cron,
    timeZone: given.timeZone ?? before.timeZone,
    eventType: given.eventType ?? before.eventType,
    integrationId: given.integrationId ?? before.integrationId,
    filter: given.filter === undefined ? before.filter : given.filter,
    input: replaced(given.input, given.inputExpression, before.input),
    inputExpression: replaced(given.inputExpression, given.input, before.inputExpression) as string | null,
    overlap: given.overlap ?? before.overlap,
    misfire: given.misfire ?? before.misfire,
  };
}

/** Everything that is wrong with what a trigger is to do, besides what needs to ask another service. */
export async function problemsOfValues(
  kind: TriggerKind,
  values: TriggerValues,
  viewer: Viewer,
): Promise<InvalidField[]> {
  const problems: InvalidField[] = [];
  const tell = (path: string, message: string) => void problems.push({ path, message });
  const [required = 'name'] = FIELDS[kind];
  if (values[required] === null) tell(required, `is required for ${kind}`);
  for (const field of OF_KINDS) {
    if (values[field] !== null && !FIELDS[kind].includes(field)) tell(field, `is not for ${kind}`);
  }
  if (kind === 'SCHEDULE' && values.cron !== null) {
    const problem = cronProblem(values.cron);
    if (problem) tell('cron', problem);
  }
  if (kind === 'SCHEDULE' && values.timeZone !== null && !isTimeZone(values.timeZone)) {
    tell('timeZone', 'is no time zone, e.g. Europe/Berlin or +02:00');
  }
  if (kind === 'EVENT' && values.eventType !== null && !TRIGGER_EVENTS.includes(values.eventType)) {
    tell('eventType', `must be one of ${TRIGGER_EVENTS.join(', ')}`);
  }
  if (values.input !== null && values.inputExpression !== null) {
    tell('inputExpression', 'cannot be given together with input');
  }
  return [...problems, ...(await expressionProblems(values, viewer))];
}

async function expressionProblems({ filter, inputExpression }: TriggerValues, viewer: Viewer): Promise<InvalidField[]> {
  const whom = waitingViewer(viewer);
  const problems: InvalidField[] = [];
  if (filter !== null) {
    const { problem, type, references } = await checkCel(filter, whom);
    const isBoolean = type === 'bool' || type === 'dyn';
    const other = problem || isBoolean ? null : { message: `must give true or false, not ${type}` };
    problems.push(...told('filter', problem ?? other ?? foreign(references)));
  }
  if (inputExpression !== null) {
    const { problem, references } = await checkJsonata(inputExpression, whom);
    problems.push(...told('inputExpression', problem ?? foreign(references)));
  }
  return problems;
}

function foreign(references: readonly Reference[]): ExpressionProblem | null {
  const other = references.find(({ path }) => path[0] !== 'input');
  return other ? { message: `${other.path[0]} is not known: there is only input` } : null;
}

const told = (path: string, problem: ExpressionProblem | null): InvalidField[] =>
  problem
    ? [
        {
          path,
          message: `${problem.message}${problem.position === undefined ? '' : ` (at character ${problem.position + 1})`}`,
        },
      ]
    : [];
