export {
  checkSchema,
  checkSchemas,
  validateAgainst,
  validateEach,
  type SchemaOptions,
  type SchemaProblem,
} from './json-schema.ts';
