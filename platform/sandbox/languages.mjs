import { runCel } from '../expressions/cel-language.mjs';
import { runJsonata } from '../expressions/jsonata-language.mjs';
import { runLiquid } from '../templates/liquid-language.mjs';

/**
 * What runs in the sandbox. Each takes a program and JSON data and gives JSON text, or undefined for nothing, at once
 * or later. `details` of what it throws reach the caller where they are texts or whole numbers.
 */
export const languages = { jsonata: runJsonata, cel: runCel, liquid: runLiquid };
