import './words.ts';
export { asciiDomain, emailAddress } from './email-address.ts';
export {
  conflict,
  idempotencyConflict,
  invalidInput,
  notFound,
  type ConflictFailure,
  type IdempotencyConflictFailure,
  type InvalidField,
  type InvalidInputFailure,
  type NotFoundFailure,
} from './failures.ts';
export { jsonObject, jsonValue, metadata, type JsonLimits } from './json.ts';
export { name, tidyName } from './name.ts';
export { oneLine } from './one-line.ts';
export { formatPath, invalidFields, parseArgument, parseInput, problemsOf, type ParsedInput } from './parse-input.ts';
export { plainText } from './plain-text.ts';
export { storableJson, storableText, storageProblem } from './storable.ts';
export { tags } from './tags.ts';
export { id, line, productId, text, textProblem, type TextLimits } from './text.ts';
