import type { StepInput } from '../../workflows/validation/workflow-input.ts';
import type { JsonObject } from '../../workflows/workflow-record.ts';
import { agentOfRole } from '../roles.ts';
import type { BuiltInTemplate, TemplateRole } from '../template-record.ts';

/** Parameters of every team: what all its roles are told. */
const COMMON_PARAMETERS = {
  language: {
    type: 'string',
    description: 'Language of what the team writes.',
    default: 'English',
    minLength: 1,
    maxLength: 50,
  },
  product: {
    type: 'string',
    description: 'What every role should know of the product and the team.',
    default: '',
    maxLength: 10_000,
  },
  rules: {
    type: 'array',
    description: 'Rules of the team that every result must respect.',
    items: { type: 'string', minLength: 1, maxLength: 500 },
    maxItems: 20,
    default: [],
  },
};

/** Inputs of every team, beside its own. */
const COMMON_INPUTS = {
  background: { type: 'string', description: 'What is known of the situation.' },
  constraints: { type: 'array', description: 'What the result must respect.', items: { type: 'string' }, maxItems: 50 },
};

/** Longer than the agents may take, who are tried again. */
const TIMEOUT_SECONDS = 1_800;

export interface AgentStep {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  /** What is wanted, in words. */
  readonly task: string;
  /** JSONata of each piece of material, by its name in the input of the role. */
  readonly material: Readonly<Record<string, string>>;
  readonly after?: readonly string[];
  /** CEL. */
  readonly when?: string;
}

/** A role works on what is handed to it. What is missing, such as results of skipped steps, is left out; conditions say what is needed. */
export function agentStep({ id, name, role, task, material, after = [], when }: AgentStep): StepInput {
  const given = {
    task: JSON.stringify(task),
    background: '$trim(context.product & "\\n" & input.background)',
    constraints: '["Write in " & context.language & ".", context.rules, input.constraints]',
    ...material,
  };
  const pairs = Object.entries(given).map(([key, expression]) => `  "${key}": ${expression}`);
  return {
    id,
    name,
    stepType: 'AGENT',
    agentId: agentOfRole(role),
    config: { input: `{\n${pairs.join(',\n')}\n}` },
    dependencies: [...after],
    condition: when ?? null,
    timeoutSeconds: TIMEOUT_SECONDS,
    retryCount: 2,
    onSkip: 'CONTINUE',
  };
}

export const transformStep = (id: string, name: string, expression: string, after: readonly string[]): StepInput => ({
  id,
  name,
  stepType: 'TRANSFORM',
  config: { expression },
  dependencies: [...after],
  onSkip: 'CONTINUE',
});

export const conditionStep = (id: string, name: string, expression: string, after: readonly string[]): StepInput => ({
  id,
  name,
  stepType: 'CONDITION',
  config: { expression },
  dependencies: [...after],
  onSkip: 'CONTINUE',
});

/** CEL: the step has run, and its role has done its task. */
export const done = (...ids: readonly string[]): string =>
  ids.map((id) => `(steps.${id}.status == "COMPLETED" && steps.${id}.result.outcome == "DONE")`).join(' && ');

/** CEL: at least one of them has. */
export const anyDone = (...ids: readonly string[]): string => ids.map((id) => done(id)).join(' || ');

/** JSONata: a list of several steps, with ids that tell whose they are; what was not done has none. */
export const together = (list: string, prefixes: Readonly<Record<string, string>>): string =>
  `[${Object.entries(prefixes)
    .map(([step, prefix]) => `steps.${step}.result.${list}.$merge([$, {"id": "${prefix}" & id}])`)
    .join(', ')}]`;

/** JSONata: the same lists, as they are. */
export const all = (list: string, ...steps: readonly string[]): string =>
  `[${steps.map((step) => `steps.${step}.result.${list}`).join(', ')}]`;

/** JSONata: what each role that did not finish says, by the name of its step. */
const openQuestions = (steps: readonly AgentStep[]): string =>
  `[${steps
    .map(({ id, name }) => `steps.${id}.result.questions.{"step": ${JSON.stringify(name)}, "question": $}`)
    .join(', ')}]`;

/**
 * The last step: what came out, under one name for each part. `outcome` is DONE when the steps of `decisive` have done their
 * tasks, otherwise NEEDS_INPUT: `questions` says what is missing.
 */
export function resultStep(
  steps: readonly AgentStep[],
  others: readonly string[],
  { decisive, parts }: { readonly decisive: readonly string[]; readonly parts: Readonly<Record<string, string>> },
): StepInput {
  const isDone = decisive.map((id) => `steps.${id}.result.outcome = "DONE"`).join(' and ');
  const given = {
    outcome: `(${isDone}) ? "DONE" : "NEEDS_INPUT"`,
    questions: openQuestions(steps),
    ...parts,
  };
  const pairs = Object.entries(given).map(([key, expression]) => `  "${key}": ${expression}`);
  const after = [...steps.map(({ id }) => id), ...others];
  return transformStep('result', 'Put the result together', `{\n${pairs.join(',\n')}\n}`, after);
}

/** A template of a team; its roles are those that its steps name. */
export function teamTemplate(template: {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly description: string;
  readonly roles: readonly TemplateRole[];
  readonly parameters?: Readonly<Record<string, JsonObject>>;
  readonly inputs: Readonly<Record<string, JsonObject>>;
  readonly required: readonly string[];
  readonly steps: readonly StepInput[];
}): BuiltInTemplate {
  const { id, version, name, description, roles, parameters = {}, inputs, required, steps } = template;
  return {
    ...{ id, version, name, description, roles },
    tags: ['team'],
    parameters: {
      type: 'object',
      properties: { ...COMMON_PARAMETERS, ...parameters },
      additionalProperties: false,
    },
    definition: {
      // Every step says what it depends on.
      type: 'CONDITIONAL',
      inputSchema: {
        type: 'object',
        properties: { ...inputs, ...COMMON_INPUTS },
        required: [...required],
        additionalProperties: false,
      },
      config: {},
      contextMode: 'GIVEN',
      steps,
    },
  };
}

/** A role that is played by an agent of this preset. */
export const role = (name: string, preset: string, description: string): TemplateRole => ({
  name,
  description,
  preset,
  agentType: preset,
});
