import type { JsonTextLimits } from '@flowmesh/platform/json';
import { AgentFailure } from './agent-failure.ts';

/** Of JSON that agents answer with; outputs may have 5 MB. Numbers that cannot be kept are refused with it. */
export const ANSWER_LIMITS: JsonTextLimits = { maxDepth: 200, maxValues: 1_000_000 };

/**
 * The same for an answer that a library has read already. Without recursion, as that is what deep values break. Throws
 * `AgentFailure`.
 */
export function checkAnswer(answer: unknown): void {
  const { maxDepth, maxValues } = ANSWER_LIMITS;
  let level: unknown[] = [answer];
  for (let depth = 0, count = 1; level.length > 0; depth += 1) {
    const inner: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'number' && !Number.isFinite(value)) throw refused('has a number that cannot be kept');
      if (typeof value !== 'object' || value === null) continue;
      if (depth >= maxDepth) throw refused(`is nested more than ${maxDepth} deep`);
      for (const child of Object.values(value)) inner.push(child);
    }
    count += inner.length;
    if (count > maxValues) throw refused(`has more than ${maxValues.toLocaleString('en')} values`);
    level = inner;
  }
}

const refused = (what: string): AgentFailure =>
  new AgentFailure('INVALID_OUTPUT', `The agent’s answer ${what}.`, { retryable: false });
