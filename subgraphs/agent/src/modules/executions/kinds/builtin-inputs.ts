import { MAX_TEXT_CHARACTERS } from '@flowmesh/platform/text-analysis';
import { z } from 'zod';
import type { BuiltinFunction } from '../../agents/configurations/builtin.ts';

const text = z.string().max(MAX_TEXT_CHARACTERS, `must have at most ${MAX_TEXT_CHARACTERS} characters`);
export const textInput = z.object({ text });
export const anyObject = z.record(z.string(), z.unknown());
export const summarizeInput = z.object({ text, maxSentences: z.int().min(1).max(20).default(3) });
export const keyPhrasesInput = z.object({ text, limit: z.int().min(1).max(50).default(10) });
const MAX_VALUES = 100_000;
// One check for all of them: a schema for each would take a hundred times as long.
const values = z.custom<number[]>(
  (list) => Array.isArray(list) && list.length > 0 && list.length <= MAX_VALUES && list.every(Number.isFinite),
  { error: `must be 1 to ${MAX_VALUES.toLocaleString('en')} numbers` },
);
export const statisticsInput = z.object({ values });

const asJsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>;

/** What each function wants as its input, as a JSON Schema; null for anything. */
export const BUILTIN_INPUT_SCHEMAS: Readonly<Record<BuiltinFunction, Record<string, unknown> | null>> = {
  SUMMARIZE: asJsonSchema(summarizeInput),
  KEY_PHRASES: asJsonSchema(keyPhrasesInput),
  ENTITIES: asJsonSchema(textInput),
  SENTIMENT: asJsonSchema(textInput),
  CLASSIFY: asJsonSchema(textInput),
  TRANSFORM: null,
  TEMPLATE: { type: 'object' },
  STATISTICS: {
    type: 'object',
    properties: { values: { type: 'array', items: { type: 'number' }, minItems: 1, maxItems: MAX_VALUES } },
    required: ['values'],
  },
};
