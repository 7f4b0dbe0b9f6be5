export { inexactNumber, isKeptExactly } from './exact-number.ts';
export { isWithinLimits, JSON_TEXT_LIMITS, readJson, type JsonProblem, type ReadJson } from './read-json.ts';
export type { JsonTextLimits } from './scan.ts';
