import type { SettingType } from '@flowmesh/platform/config';
import { z } from 'zod';
import type { ModelPrices } from './modules/executions/kinds/llm/model-prices.ts';

const MOST_MODELS = 500;
const amount = z.number().min(0).max(1_000_000);
const table = z.record(z.string().min(1).max(200), z.strictObject({ input: amount, output: amount }));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A table of prices by the names of models. */
export const modelPrices: SettingType<ModelPrices> = {
  mustBe: `JSON of at most ${MOST_MODELS} models with their prices, as {"name": {"input": 0.15, "output": 0.6}}`,
  schema: z
    .string()
    .transform(parsed)
    .pipe(table)
    .refine((models) => Object.keys(models).length <= MOST_MODELS)
    .transform((models) => new Map(Object.entries(models))),
};
