export { checkCel, evaluateCel, type CelCheck } from './cel.ts';
export { ExpressionError, type ExpressionProblem, type Reference } from './expression-error.ts';
export type { EvaluationOptions } from './in-sandbox.ts';
export { checkJsonata, evaluateJsonata, type JsonataCheck } from './jsonata.ts';
