export { charactersSize, sizeOf } from './data-size.ts';
export { inexactNumber, isKeptExactly } from './exact-number.ts';
export { toJsonBuffer, toJsonPieces } from './json-pieces.ts';
export { isWithinLimits, JSON_TEXT_LIMITS, readJson, type JsonProblem, type ReadJson } from './read-json.ts';
export type { JsonTextLimits } from './scan.ts';
