export { checkSchema, checkSchemas, validateAgainst, validateEach, type SchemaProblem } from './json-schema.ts';
