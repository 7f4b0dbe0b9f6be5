import { z } from 'zod';
import { evaluateJsonata, ExpressionError } from '@flowmesh/platform/expressions';
import { bodyShape } from './body-shape.ts';
import { rememberShape } from './remember.ts';
import type { ConfigExpression, StepType } from './step-type.ts';

export const MAX_ITEMS = 1_000;
const MAX_ITEMS_BYTES = 1_048_576;
const MAX_CONCURRENT = 100;

const concurrent = `must be 1 to ${MAX_CONCURRENT}`;
/** What a run of it reads: the steps inside were checked when they were stored. */
const settings = z.object({ items: z.string() });
const config = z.strictObject({
  ...settings.shape,
  ...bodyShape,
  maxConcurrent: z.int(concurrent).min(1, concurrent).max(MAX_CONCURRENT, concurrent).optional(),
  onItemFailure: z.enum(['FAIL', 'CONTINUE'], 'must be FAIL or CONTINUE').optional(),
  remember: rememberShape.optional(),
});

const expressionOf = (text: string): ConfigExpression => ({ path: 'items', language: 'jsonata', text });

/** Runs its steps for each item of a list; its result is the list of their results. What it goes through is computed once. */
export const forEachStep: StepType = {
  needsAgent: false,
  config,
  expressions: (value) => [expressionOf(settings.parse(value).items)],
  async run({ step, execution, children, values }) {
    // Those that have not completed are begun again.
    if (children) return { kind: 'children', total: children.total };
    const { items: text } = settings.parse(step.config);
    const given = await evaluateJsonata(text, await values(expressionOf(text)), { owner: execution.startedById });
    const items = toItems(given);
    return { kind: 'children', total: items.length, items };
  },
};

function toItems(value: unknown): readonly unknown[] {
  // JSONata gives a single value in place of a sequence of one, and none in place of an empty one.
  const items: readonly unknown[] = Array.isArray(value) ? value : value === null || value === undefined ? [] : [value];
  if (items.length > MAX_ITEMS) {
    throw new ExpressionError('EVALUATION', `items: there are ${items.length}, and at most ${MAX_ITEMS} are possible`);
  }
  const bytes = Buffer.byteLength(JSON.stringify(items));
  if (bytes > MAX_ITEMS_BYTES) {
    throw new ExpressionError(
      'EVALUATION',
      `items: they have ${bytes} bytes as JSON, and at most ${MAX_ITEMS_BYTES} are possible`,
    );
  }
  return items;
}
