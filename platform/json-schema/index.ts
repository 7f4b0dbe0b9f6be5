export { checkSchema, validateAgainst, type SchemaProblem } from './json-schema.ts';
