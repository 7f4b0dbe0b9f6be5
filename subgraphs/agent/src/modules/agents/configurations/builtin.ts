import { checkJsonata } from '@flowmesh/platform/expressions';
import type { Requester } from '@flowmesh/platform/sandbox';
import { checkTemplate } from '@flowmesh/platform/templates';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { CheckedConfiguration, Settings } from './kind-configuration.ts';

export type BuiltinFunction =
  'SUMMARIZE' | 'KEY_PHRASES' | 'ENTITIES' | 'SENTIMENT' | 'CLASSIFY' | 'TRANSFORM' | 'TEMPLATE' | 'STATISTICS';

export interface BuiltinConfigurationInput {
  readonly function: BuiltinFunction;
  readonly options?: Record<string, unknown> | null;
}

const MAX_LABELS = 50;
const MAX_EXAMPLES = 500;
const MAX_WORD_CHARACTERS = 100;

const isText = (value: unknown, max: number): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= max;

function problemOfExamples(examples: unknown): string | null {
  const isList = Array.isArray(examples);
  if (!isList && (typeof examples !== 'object' || examples === null)) {
    return 'must be a list of words, or an object of words and weights';
  }
  const words: [unknown, unknown][] = isList ? examples.map((word) => [word, 1]) : Object.entries(examples);
  if (words.length === 0 || words.length > MAX_EXAMPLES) return `must have 1 to ${MAX_EXAMPLES} words`;
  if (!words.every(([word]) => isText(word, MAX_WORD_CHARACTERS))) {
    return `must have words of 1 to ${MAX_WORD_CHARACTERS} characters only`;
  }
  const weighed = words.every(([, weight]) => typeof weight === 'number' && Number.isFinite(weight) && weight > 0);
  return weighed ? null : 'must have weights above 0';
}

function labelProblems(labels: unknown): InvalidField[] {
  const path = 'builtin.options.labels';
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    return [{ path, message: 'is required: an object of labels, each with a list of example words' }];
  }
  const entries = Object.entries(labels);
  if (entries.length < 1 || entries.length > MAX_LABELS)
    return [{ path, message: `must have 1 to ${MAX_LABELS} labels` }];
  return entries.flatMap(([label, examples]) => {
    const message = problemOfExamples(examples);
    return message ? [{ path: `${path}.${label}`, message }] : [];
  });
}

interface TextProblem {
  readonly message: string;
  readonly line?: number;
  readonly position?: number;
}

type CheckText = (text: string, whom: Requester) => Promise<TextProblem | null>;

function placeOf({ line, position }: TextProblem): string {
  if (line !== undefined) return ` (line ${line})`;
  return position === undefined ? '' : ` (at character ${position + 1})`;
}

const checkTransformation: CheckText = async (text, whom) => (await checkJsonata(text, whom)).problem;

async function textOption(options: Settings, name: string, check: CheckText, whom: Requester): Promise<InvalidField[]> {
  const value = options[name];
  const path = `builtin.options.${name}`;
  if (typeof value !== 'string' || value.trim() === '') return [{ path, message: 'is required: a text' }];
  const problem = await check(value, whom);
  return problem ? [{ path, message: `${problem.message}${placeOf(problem)}` }] : [];
}

/** The options of each function, and what is wrong with them. */
const OPTIONS: Partial<
  Record<
    BuiltinFunction,
    {
      names: readonly string[];
      check: (options: Settings, whom: Requester) => InvalidField[] | Promise<InvalidField[]>;
    }
  >
> = {
  CLASSIFY: {
    names: ['labels', 'defaultLabel'],
    check: ({ labels, defaultLabel }) => [
      ...labelProblems(labels),
      ...(defaultLabel === undefined || isText(defaultLabel, MAX_WORD_CHARACTERS)
        ? []
        : [{ path: 'builtin.options.defaultLabel', message: 'must be a text' }]),
    ],
  },
  TRANSFORM: {
    names: ['expression'],
    check: (options, whom) => textOption(options, 'expression', checkTransformation, whom),
  },
  TEMPLATE: { names: ['template'], check: (options, whom) => textOption(options, 'template', checkTemplate, whom) },
};

export const checkBuiltin = async (
  input: BuiltinConfigurationInput,
  whom: Requester,
): Promise<CheckedConfiguration> => {
  const options = input.options ?? {};
  const rules = OPTIONS[input.function] ?? { names: [], check: () => [] };
  const unknown = Object.keys(options)
    .filter((name) => !rules.names.includes(name))
    .map((name) => ({ path: `builtin.options.${name}`, message: `is not an option of ${input.function}` }));
  return {
    problems: [...unknown, ...(await rules.check(options, whom))],
    configuration: { function: input.function, options },
    secrets: {},
  };
};
