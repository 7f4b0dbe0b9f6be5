import { checkCel, checkJsonata, type ExpressionProblem, type Reference } from '@flowmesh/platform/expressions';
import type { Requester } from '@flowmesh/platform/sandbox';
import { ancestorsOf, type StepDefinition } from '../../executions/engine/definition.ts';
import { stepTypes } from '../../executions/step-types/index.ts';
import type { ConfigExpression } from '../../executions/step-types/step-type.ts';
import { stepProblem, type WorkflowProblem } from './problem.ts';

const VARIABLES = new Set(['input', 'steps', 'context', 'memory']);
/** What an expression reads of a step: see `StepValues`. */
const OF_A_STEP = new Set(['result', 'status', 'error']);
const LONG_CONDITION = 2_000;

type Placed = Omit<ConfigExpression, 'path'> & { readonly path: string };

/** Reading expressions may take so long in all, for a person waits. */
const ALL_MS = 5_000;

/** Syntax of the expressions of all steps, and whether what they read can be there. */
export async function expressionProblems(
  steps: readonly StepDefinition[],
  byId: ReadonlyMap<string, StepDefinition>,
  whom: Requester,
): Promise<WorkflowProblem[]> {
  const problems: WorkflowProblem[] = [];
  const begun = performance.now();
  for (const [index, step] of steps.entries()) {
    for (const expression of expressionsOf(step)) {
      const checked = performance.now() - begun < ALL_MS ? await check(expression, whom) : TOO_LATE;
      problems.push(...problemsOf(step, index, expression, checked, byId));
    }
  }
  return problems;
}

interface Checked {
  readonly problem: ExpressionProblem | null;
  readonly references: readonly Reference[];
}

const TOO_LATE: Checked = {
  problem: { message: 'cannot be checked: it took too long to read the expressions before it' },
  references: [],
};

/** A step reads one version of the context, from its first attempt on; its condition is decided before. */
const TOO_EARLY = {
  code: 'BAD_EXPRESSION',
  message: 'a condition cannot read memory: let a CONDITION step read it, and the condition its result',
} as const;

function problemsOf(
  step: StepDefinition,
  index: number,
  expression: Placed,
  { problem, references }: Checked,
  byId: ReadonlyMap<string, StepDefinition>,
): WorkflowProblem[] {
  const tell = (code: 'BAD_EXPRESSION' | 'UNKNOWN_STEP', found: ExpressionProblem) =>
    stepProblem(index, step.id, code, expression.path, explain(found));
  if (problem) return [tell('BAD_EXPRESSION', problem)];
  const ancestors = references.length === 0 ? new Set<string>() : ancestorsOf(byId, step.id);
  return references.flatMap(({ path, position }) => {
    const early = path[0] === 'memory' && expression.path === 'condition';
    const wrong = early ? TOO_EARLY : referenceProblem(step, path, byId, ancestors);
    return wrong ? [tell(wrong.code, { message: wrong.message, ...(position === undefined ? {} : { position }) })] : [];
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

async function check({ language, text, boolean }: Placed, whom: Requester): Promise<Checked> {
  if (language === 'jsonata') return checkJsonata(text, whom);
  const { problem, type, references } = await checkCel(text, whom);
  if (!problem && boolean && type !== 'bool' && type !== 'dyn') {
    return { problem: { message: `must give true or false, not ${type}` }, references: [] };
  }
  return { problem, references };
}

const explain = ({ message, position }: ExpressionProblem): string =>
  position === undefined ? message : `${message} (at character ${position + 1})`;

function referenceProblem(
  step: StepDefinition,
  [root = '', name, part]: readonly string[],
  byId: ReadonlyMap<string, StepDefinition>,
  ancestors: ReadonlySet<string>,
): { readonly code: 'BAD_EXPRESSION' | 'UNKNOWN_STEP'; readonly message: string } | null {
  if (!VARIABLES.has(root)) {
    return { code: 'BAD_EXPRESSION', message: `${root} is not known: there are input, steps, context and memory` };
  }
  if (root !== 'steps' || name === undefined) return null;
  if (!byId.has(name)) return { code: 'UNKNOWN_STEP', message: `there is no step ${name}` };
  if (name === step.id) return { code: 'BAD_EXPRESSION', message: 'a step cannot read its own result' };
  if (part !== undefined && !OF_A_STEP.has(part)) {
    const message = `steps.${name}.${part} is not known: a step has result, status, and error where it failed`;
    return { code: 'BAD_EXPRESSION', message };
  }
  if (ancestors.has(name)) return null;
  const message = `step ${name} need not have ended before this one: add it to the dependencies`;
  return { code: 'BAD_EXPRESSION', message };
}
