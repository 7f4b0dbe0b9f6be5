import { runCel } from '../expressions/cel-language.mjs';
import { runJsonata } from '../expressions/jsonata-language.mjs';
import { runLiquid } from '../templates/liquid-language.mjs';

// Their libraries take long to load: not before they are needed.
const runJsonSchema = async (program, input) =>
  (await import('../json-schema/json-schema-language.mjs')).runJsonSchema(program, input);

const runSecrets = async (program, input) =>
  (await import('../secret-detection/secrets-language.mjs')).runSecrets(program, input);

const runOpenApi = async (program, input) =>
  (await import('../openapi/openapi-language.mjs')).runOpenApi(program, input);

const runText = async (program, input) => (await import('../text-analysis/text-language.mjs')).runText(program, input);

/**
 * What runs in the sandbox. Each takes a program and JSON data and gives JSON text, or undefined for nothing, at once
 * or later. `details` of what it throws reach the caller where they are texts or whole numbers.
 */
export const languages = {
  jsonata: runJsonata,
  cel: runCel,
  liquid: runLiquid,
  'json-schema': runJsonSchema,
  text: runText,
  secrets: runSecrets,
  openapi: runOpenApi,
};
