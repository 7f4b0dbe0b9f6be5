import { evaluateJsonata } from '@flowmesh/platform/expressions';
import { z } from 'zod';
import type { StepDefinition } from '../engine/definition.ts';
import { STEP_EVENTS } from '../../event-types/event-types.ts';
import { isDomainEvent, scopeOf } from '../../event-types/step-events.ts';
import { requireScope } from './require-scope.ts';
import { StepFailure, type ConfigExpression, type StepType } from './step-type.ts';

const MAX_SECONDS = 30 * 86_400;
const MAX_VALUE = 255;
const seconds = `must be a whole number of seconds, 1 to ${MAX_SECONDS.toLocaleString('en')} (30 days)`;
const eventName = `must be a letter, then letters, digits, _ or -, at most 100 in all; or one of ${STEP_EVENTS.join(', ')}`;

const config = z.strictObject({
  event: z.string().refine((name) => isSignalName(name) || isDomainEvent(name), eventName),
  correlation: z
    .strictObject({
      field: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'must be the name of a field of the payload'),
      value: z.string(),
    })
    .optional(),
  filter: z.string().optional(),
  timeoutSeconds: z.int(seconds).min(1, seconds).max(MAX_SECONDS, seconds),
  onTimeout: z.enum(['FAIL', 'CONTINUE'], 'must be FAIL or CONTINUE').optional(),
});

/** Domain events have a dot in their types, signals never. */
export const isSignalName = (name: string): boolean => /^[A-Za-z][A-Za-z0-9_-]{0,99}$/.test(name);

export const onTimeoutOf = ({ config: given }: Pick<StepDefinition, 'config'>): 'FAIL' | 'CONTINUE' =>
  config.parse(given).onTimeout ?? 'FAIL';

export const filterOf = ({ config: given }: Pick<StepDefinition, 'config'>): ConfigExpression | null => {
  const { filter } = config.parse(given);
  return filter === undefined ? null : filterExpression(filter);
};

const filterExpression = (text: string): ConfigExpression => ({
  path: 'filter',
  language: 'cel',
  text,
  boolean: true,
  variables: ['payload'],
});
const valueExpression = (text: string): ConfigExpression => ({ path: 'correlation.value', language: 'jsonata', text });

/** Waits for a signal or a domain event; its result is what came. */
export const waitForEventStep: StepType = {
  needsAgent: false,
  config,
  expressions(value) {
    const { correlation, filter } = config.parse(value);
    return [
      ...(correlation ? [valueExpression(correlation.value)] : []),
      ...(filter === undefined ? [] : [filterExpression(filter)]),
    ];
  },
  async run({ step, execution, values, rights }) {
    const { event, correlation, timeoutSeconds } = config.parse(step.config);
    const domain = isDomainEvent(event);
    const scope = scopeOf(event);
    if (scope !== null) requireScope(await rights(), scope, `Waiting for ${event}`);
    let matchKey = '';
    if (correlation) {
      const expression = valueExpression(correlation.value);
      const value = await evaluateJsonata(expression.text, await values(expression), { owner: execution.startedById });
      matchKey = `${correlation.field}=${toCorrelation(value)}`;
    }
    return {
      kind: 'event',
      wait: { event, isDomainEvent: domain, matchKey, starterId: execution.startedById, timeoutSeconds },
    };
  },
};

function toCorrelation(value: unknown): string {
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  if (isPlain && String(value).length <= MAX_VALUE) return String(value);
  const message = `correlation.value must be a text of at most ${MAX_VALUE} characters, a number, true or false`;
  throw new StepFailure('EXPRESSION', message, false);
}
