import { createCelEnvironment, toJsonData } from './cel-environment.mjs';
import { compiledCache } from './compiled-cache.mjs';

const environment = createCelEnvironment();
const compiled = compiledCache((text) => environment.parse(text));

/** CEL, as it runs in the sandbox. Gives JSON text. */
export const evaluateCel = (text, variables) => JSON.stringify(toJsonData(compiled(text)(variables)));
