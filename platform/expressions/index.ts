export { checkCel, evaluateCel, type CelCheck } from './cel.ts';
export { ExpressionError, type ExpressionProblem, type Reference } from './expression-error.ts';
export { checkJsonata, evaluateJsonata, jsonataReferences } from './jsonata.ts';
