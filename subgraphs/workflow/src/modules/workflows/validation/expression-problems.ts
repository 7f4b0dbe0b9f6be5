import { checkCel, checkJsonata, type ExpressionProblem, type Reference } from '@flowmesh/platform/expressions';
import { MAX_WORK_HERE, takeTurn, type Requester } from '@flowmesh/platform/sandbox';
import { ancestorsOf, type StepDefinition } from '../../executions/engine/definition.ts';
import { stepTypes } from '../../executions/step-types/index.ts';
import type { ConfigExpression } from '../../executions/step-types/step-type.ts';
import { insideOf } from './nested-steps.ts';
import { stepProblem, type WorkflowProblem } from './problem.ts';

const VARIABLES: readonly string[] = ['input', 'steps', 'context', 'memory'];
/** What an expression reads of a step: see `StepValues`. */
const OF_A_STEP = new Set(['result', 'status', 'error']);
const LONG_CONDITION = 2_000;

/** What steps inside of a step read of what is around it. */
export interface Around {
  /** Steps that have ended when the step around begins. */
  readonly ended: ReadonlySet<string>;
  /** All steps around. */
  readonly known: ReadonlySet<string>;
  /** `item`, `index`, `round`, `previous`. */
  readonly variables: readonly string[];
}

export const NOTHING_AROUND: Around = { ended: new Set(), known: new Set(), variables: [] };

/** What an expression can read. */
interface Readable {
  readonly isKnown: (step: string) => boolean;
  readonly hasEnded: (step: string) => boolean;
  readonly variables: readonly string[];
}

type Placed = Omit<ConfigExpression, 'path'> & { readonly path: string };

/** Reading expressions may take so long in all, for a person waits. */
const ALL_MS = 5_000;

/** Of one step, in the measure of `takeTurn`, besides looking through what is before it. */
const WORK_OF_STEP = 200;

/** Syntax of the expressions of all steps, and whether what they read can be there. */
export async function expressionProblems(
  steps: readonly StepDefinition[],
  byId: ReadonlyMap<string, StepDefinition>,
  whom: Requester,
  around: Around = NOTHING_AROUND,
): Promise<WorkflowProblem[]> {
  const problems: WorkflowProblem[] = [];
  const begun = performance.now();
  const dependencies = steps.reduce((sum, step) => sum + step.dependencies.length, 0);
  const work = Math.min(MAX_WORK_HERE, WORK_OF_STEP + dependencies);
  for (const [index, step] of steps.entries()) {
    await takeTurn(work);
    for (const expression of expressionsOf(step)) {
      const checked = performance.now() - begun < ALL_MS ? await check(expression, whom) : TOO_LATE;
      problems.push(...problemsOf(step, index, expression, checked, { byId, around }));
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

const TOO_LATE_FOR_MEMORY = {
  code: 'BAD_EXPRESSION',
  message: 'the condition of a loop cannot read memory: let a step inside read it, and the condition its result',
} as const;

function readableBy(
  step: StepDefinition,
  { afterRound = false }: Placed,
  byId: ReadonlyMap<string, StepDefinition>,
  around: Around,
): Readable {
  const inside = new Set(afterRound ? (insideOf(step) ?? []).map(({ id }) => id) : []);
  // Of a workflow of 500 steps, to find them is most of the work; few expressions read more than what is just before.
  let ancestors: ReadonlySet<string> | null = null;
  return {
    isKnown: (name) => byId.has(name) || around.known.has(name) || inside.has(name),
    hasEnded: (name) =>
      step.dependencies.includes(name) ||
      around.ended.has(name) ||
      inside.has(name) ||
      (ancestors ??= ancestorsOf(byId, step.id)).has(name),
    variables: [...VARIABLES, ...around.variables, ...(afterRound ? ['round', 'previous'] : [])],
  };
}

function problemsOf(
  step: StepDefinition,
  index: number,
  expression: Placed,
  { problem, references }: Checked,
  { byId, around }: { readonly byId: ReadonlyMap<string, StepDefinition>; readonly around: Around },
): WorkflowProblem[] {
  const tell = (code: 'BAD_EXPRESSION' | 'UNKNOWN_STEP', found: ExpressionProblem) =>
    stepProblem(index, step.id, code, expression.path, explain(found));
  if (problem) return [tell('BAD_EXPRESSION', problem)];
  if (references.length === 0) return [];
  const readable = readableBy(step, expression, byId, around);
  return references.flatMap(({ path, position }) => {
    if (expression.variables?.includes(path[0] ?? '')) return [];
    const early = path[0] === 'memory' && expression.path === 'condition';
    const late = path[0] === 'memory' && expression.afterRound === true;
    const wrong = early ? TOO_EARLY : late ? TOO_LATE_FOR_MEMORY : referenceProblem(step, path, readable);
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
  { isKnown, hasEnded, variables }: Readable,
): { readonly code: 'BAD_EXPRESSION' | 'UNKNOWN_STEP'; readonly message: string } | null {
  if (!variables.includes(root)) {
    return { code: 'BAD_EXPRESSION', message: `${root} is not known: there are ${listed(variables)}` };
  }
  if (root !== 'steps' || name === undefined) return null;
  if (!isKnown(name)) return { code: 'UNKNOWN_STEP', message: `there is no step ${name}` };
  if (name === step.id) return { code: 'BAD_EXPRESSION', message: 'a step cannot read its own result' };
  if (part !== undefined && !OF_A_STEP.has(part)) {
    const message = `steps.${name}.${part} is not known: a step has result, status, and error where it failed`;
    return { code: 'BAD_EXPRESSION', message };
  }
  if (hasEnded(name)) return null;
  const message = `step ${name} need not have ended before this one: add it to the dependencies`;
  return { code: 'BAD_EXPRESSION', message };
}

const listed = (names: readonly string[]): string => {
  const distinct = [...new Set(names)];
  return `${distinct.slice(0, -1).join(', ')} and ${distinct.at(-1)}`;
};
