import type { JsonTextLimits } from '@flowmesh/platform/json';

/** Of JSON that agents answer with; outputs may have 5 MB. Numbers that cannot be kept are refused with it. */
export const ANSWER_LIMITS: JsonTextLimits = { maxDepth: 200, maxValues: 1_000_000 };
