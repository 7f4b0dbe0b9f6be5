import type { CallUsage } from '../../../calls/call-record.ts';
import { tokenSum } from '../../../calls/token-count.ts';
import type { ModelSettings } from './llm-settings.ts';

/** US dollars per million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
}

/** What the operator has said that models cost, by name. */
export type ModelPrices = ReadonlyMap<string, ModelPrice>;

/** What the agent says, else what the operator says; null when nobody does. */
export function priceOf(model: ModelSettings, prices: ModelPrices): ModelPrice | null {
  const { inputCostPerMillionTokens: input, outputCostPerMillionTokens: output } = model;
  if (input === null && output === null) return prices.get(model.model) ?? null;
  return { input: input ?? 0, output: output ?? 0 };
}

/** In US dollars; null when no price is known. */
export const costOf = (price: ModelPrice | null, inputTokens: number, outputTokens: number): number | null =>
  price && (inputTokens * price.input + outputTokens * price.output) / 1_000_000;

/** What several calls have taken together; without a price when none has one. */
export function sumOf(usages: readonly CallUsage[]): CallUsage {
  const hasPrice = usages.some(({ costUsd }) => costUsd !== null);
  return {
    inputTokens: tokenSum(usages.map(({ inputTokens }) => inputTokens)),
    outputTokens: tokenSum(usages.map(({ outputTokens }) => outputTokens)),
    totalTokens: tokenSum(usages.map(({ totalTokens }) => totalTokens)),
    costUsd: hasPrice ? usages.reduce((total, { costUsd }) => total + (costUsd ?? 0), 0) : null,
  };
}
