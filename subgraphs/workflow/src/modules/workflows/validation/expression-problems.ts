import {
  checkCel,
  checkJsonata,
  jsonataReferences,
  type ExpressionProblem,
  type Reference,
} from '@flowmesh/platform/expressions';
import { ancestorsOf, type StepDefinition } from '../../executions/engine/definition.ts';
import { stepTypes } from '../../executions/step-types/index.ts';
import type { ConfigExpression } from '../../executions/step-types/step-type.ts';
import { stepProblem, type WorkflowProblem } from './problem.ts';

const VARIABLES = new Set(['input', 'steps', 'context']);
const LONG_CONDITION = 2_000;

type Placed = Omit<ConfigExpression, 'path'> & { readonly path: string };

/** Syntax of all expressions of a step, and whether what they read can be there. */
export function expressionProblems(
  step: StepDefinition,
  index: number,
  byId: ReadonlyMap<string, StepDefinition>,
): WorkflowProblem[] {
  const ancestors = ancestorsOf(byId, step.id);
  return expressionsOf(step).flatMap((expression) => {
    const { problem, references } = check(expression);
    const tell = (code: 'BAD_EXPRESSION' | 'UNKNOWN_STEP', found: ExpressionProblem) =>
      stepProblem(index, step.id, code, expression.path, explain(found));
    if (problem) return [tell('BAD_EXPRESSION', problem)];
    return references.flatMap(({ path, position }) => {
      const wrong = referenceProblem(step, path, byId, ancestors);
      return wrong
        ? [tell(wrong.code, { message: wrong.message, ...(position === undefined ? {} : { position }) })]
        : [];
    });
  });
}

function expressionsOf(step: StepDefinition): Placed[] {
  const type = stepTypes[step.stepType];
  // A configuration of the wrong shape is told elsewhere.
  const inConfig = type.config.safeParse(step.config).success ? type.expressions(step.config) : [];
  const placed: Placed[] = inConfig.map((expression) => ({ ...expression, path: `config.${expression.path}` }));
  if (step.condition !== null && step.condition.length <= LONG_CONDITION) {
    placed.push({ path: 'condition', language: 'cel', text: step.condition, boolean: true });
  }
  return placed;
}

function check({ language, text, boolean }: Placed): {
  readonly problem: ExpressionProblem | null;
  readonly references: readonly Reference[];
} {
  if (language === 'jsonata') return { problem: checkJsonata(text), references: jsonataReferences(text) };
  const { problem, type, references } = checkCel(text);
  if (!problem && boolean && type !== 'bool' && type !== 'dyn') {
    return { problem: { message: `must give true or false, not ${type}` }, references: [] };
  }
  return { problem, references };
}

const explain = ({ message, position }: ExpressionProblem): string =>
  position === undefined ? message : `${message} (at character ${position + 1})`;

function referenceProblem(
  step: StepDefinition,
  [root = '', name]: readonly string[],
  byId: ReadonlyMap<string, StepDefinition>,
  ancestors: ReadonlySet<string>,
): { readonly code: 'BAD_EXPRESSION' | 'UNKNOWN_STEP'; readonly message: string } | null {
  if (!VARIABLES.has(root)) {
    return { code: 'BAD_EXPRESSION', message: `${root} is not known: there are input, steps and context` };
  }
  if (root !== 'steps' || name === undefined) return null;
  if (!byId.has(name)) return { code: 'UNKNOWN_STEP', message: `there is no step ${name}` };
  if (name === step.id) return { code: 'BAD_EXPRESSION', message: 'a step cannot read its own result' };
  if (ancestors.has(name)) return null;
  const message = `step ${name} need not have ended before this one: add it to the dependencies`;
  return { code: 'BAD_EXPRESSION', message };
}
