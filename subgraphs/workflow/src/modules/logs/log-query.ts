import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import { SqlConditions, searchPatterns, type SqlParameters } from '@flowmesh/platform/database';
import { text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { LOG_LEVELS, LOG_SOURCES } from './log-line.ts';

export const logFilterShape = z
  .object({
    stepId: text({ min: 1, max: 128 }).nullish(),
    level: z.enum(LOG_LEVELS).nullish(),
    sources: z.array(z.enum(LOG_SOURCES)).max(LOG_SOURCES.length, 'must not name a source twice').nullish(),
    text: text({ min: 1, max: 200 }).nullish(),
    since: z.date().nullish(),
    until: z.date().nullish(),
  })
  .nullish();

/** Which lines a list shows; what is left out does not matter. */
export type LogFilter = NonNullable<z.infer<typeof logFilterShape>>;

/** The condition on `workflow_execution_logs l`; whoever sees an execution sees its logs. */
export const logConditionSql = (filter: LogFilter, parameters: SqlParameters): string =>
  new SqlConditions(parameters)
    .add((id) => `l.step_id = ${id}`, filter.stepId)
    .add((levels) => `l.level = any(${levels}::text[])`, filter.level && fromLevel(filter.level))
    .add((sources) => `l.source = any(${sources}::text[])`, filter.sources)
    .add((patterns) => `l.message ilike any(${patterns}::text[])`, filter.text && searchPatterns(filter.text))
    .add((time) => `l.time >= ${time}`, filter.since)
    .add((time) => `l.time < ${time}`, filter.until)
    .toString();

const fromLevel = (level: (typeof LOG_LEVELS)[number]) => LOG_LEVELS.slice(LOG_LEVELS.indexOf(level));

export const LOGS_OF_EXECUTION = listOf({
  name: 'WorkflowExecution.logs',
  orders: { WRITTEN: { field: 'seq', type: 'integer' } },
  orderBy: { field: 'WRITTEN', direction: 'ASC' },
});

/** Lines of an execution and of its parts, in the order of their times. */
export const LOGS_WITH_PARTS = listOf({
  name: 'WorkflowExecution.logs(includeParts)',
  orders: { WRITTEN: { field: 'place', type: 'string' } },
  orderBy: { field: 'WRITTEN', direction: 'ASC' },
});

/** `seenBy`: who has started the executions or owns their workflows; null for those who see all. */
export type PartsQuery = LogFilter & { readonly seenBy: string | null };

export const partsConditionSql = ({ seenBy, ...filter }: PartsQuery, parameters: SqlParameters): string => {
  const lines = logConditionSql(filter, parameters);
  if (seenBy === null) return lines;
  const viewer = parameters.add(seenBy);
  return `${lines} and (e.started_by_id = ${viewer} or e.owner_id = ${viewer})`;
};

export type LogListArguments = ListArguments<'WRITTEN', LogFilter> & { readonly includeParts?: boolean | null };
