import { jsonObject, jsonValue, line, name, text, type InvalidField } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { Channel } from '../../adapters/channel-adapter.ts';
import { language } from './languages.ts';
import type { TemplateKind, TemplateTexts, TemplateVariable, VariableType } from './template-record.ts';
import { typeProblem } from './template-variables.ts';

const MAX_VARIABLES = 100;
const MAX_TRANSLATIONS = 50;
const MAX_JSON_BYTES = 64 * 1024;
/** Names that mean something in every text. */
const RESERVED = new Set(['content', 'unsubscribeUrl', 'forloop', 'tablerowloop']);

const VARIABLE_TYPES = ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'DATE_TIME', 'URL', 'LIST', 'OBJECT'] as const;

const variableName = line({ min: 1, max: 64 })
  .refine((name) => /^[A-Za-z_]\w*$/.test(name), 'must be letters, digits and _, not beginning with a digit')
  .refine((name) => !RESERVED.has(name), 'is a name that every template has already')
  // Values are members of objects: these every object has, whatever is given.
  .refine((name) => !(name in Object.prototype), 'is a name that cannot be given a value: choose another');

const variable = z
  .object({
    name: variableName,
    type: z.enum(VARIABLE_TYPES).default('STRING'),
    required: z.boolean().nullish(),
    default: jsonValue({ maxBytes: MAX_JSON_BYTES }),
    description: text({ max: 1_000 }).nullish(),
    schema: jsonObject({ maxBytes: MAX_JSON_BYTES }).nullish(),
  })
  .partial({ default: true })
  .transform((given, context): TemplateVariable => {
    const value = given.default ?? null;
    const made: TemplateVariable = {
      name: given.name,
      type: given.type,
      required: given.required ?? value === null,
      default: value,
      description: given.description ?? null,
      schema: given.schema ?? null,
    };
    for (const { path, message } of variableProblems(made)) {
      context.addIssue({ code: 'custom', path: [path], message });
    }
    return made;
  });

/** But for its schema, which is looked at last: that takes longest. */
function variableProblems(variable: TemplateVariable): InvalidField[] {
  const { type, required, schema, default: value } = variable;
  if (schema && type !== 'LIST' && type !== 'OBJECT') {
    return [{ path: 'schema', message: 'is for LIST and OBJECT only' }];
  }
  if (value === null) return [];
  const message = required ? 'is never used when the variable is required' : typeProblem(variable, value);
  return message ? [{ path: 'default', message }] : [];
}

const variables = z
  .array(variable)
  .max(MAX_VARIABLES, `must be at most ${MAX_VARIABLES} variables`)
  .superRefine((list, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of list.entries()) {
      if (seen.has(name)) context.addIssue({ code: 'custom', path: [index, 'name'], message: 'is there already' });
      seen.add(name);
    }
  });

const texts = {
  subjectTemplate: line({ min: 1, max: 998 }).nullish(),
  contentTemplate: text({ min: 1, max: 100_000 }),
  htmlTemplate: text({ min: 1, max: 200_000 }).nullish(),
};

const translations = z
  .array(z.object({ language: language(), ...texts }))
  .max(MAX_TRANSLATIONS, `must be at most ${MAX_TRANSLATIONS} languages`)
  .superRefine((list, context) => {
    const seen = new Set<string>();
    for (const [index, entry] of list.entries()) {
      if (seen.has(entry.language)) {
        context.addIssue({ code: 'custom', path: [index, 'language'], message: 'is there already' });
      }
      seen.add(entry.language);
    }
  });

const common = {
  name: name({ min: 1, max: 255 }),
  description: text({ max: 10_000 }).nullish(),
  category: name({ min: 1, max: 100 }).nullish(),
  ...texts,
  variables: variables.nullish(),
  language: language().nullish(),
  translations: translations.nullish(),
  layoutId: line({ min: 1, max: 128 }).nullish(),
  isActive: z.boolean().nullish(),
  isShared: z.boolean().nullish(),
};

export const createShape = z.object(common);
export const updateShape = z.object({
  ...common,
  name: common.name.nullish(),
  contentTemplate: common.contentTemplate.nullish(),
});

/** A variable as a client gives it. */
export interface TemplateVariableInput {
  readonly name: string;
  readonly type?: VariableType;
  readonly required?: boolean | null;
  readonly default?: unknown;
  readonly description?: string | null;
  readonly schema?: Record<string, unknown> | null;
}

interface TextsInput {
  readonly subjectTemplate?: string | null;
  readonly contentTemplate: string;
  readonly htmlTemplate?: string | null;
}

interface OptionsInput {
  readonly description?: string | null;
  readonly category?: string | null;
  readonly variables?: readonly TemplateVariableInput[] | null;
  readonly language?: string | null;
  readonly translations?: readonly (TextsInput & { readonly language: string })[] | null;
  readonly layoutId?: string | null;
  readonly isActive?: boolean | null;
  readonly isShared?: boolean | null;
}

export interface CreateTemplateInput extends TextsInput, OptionsInput {
  readonly name: string;
  readonly channel: Channel;
  readonly kind?: TemplateKind;
}

/** What is left out stays as it is. */
export interface UpdateTemplateInput extends OptionsInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly name?: string | null;
  readonly subjectTemplate?: string | null;
  readonly contentTemplate?: string | null;
  readonly htmlTemplate?: string | null;
}

export function toTranslations(list: z.output<typeof translations>): Record<string, TemplateTexts> {
  return Object.fromEntries(
    list.map(({ language: tag, subjectTemplate, contentTemplate, htmlTemplate }) => [
      tag,
      { subjectTemplate: subjectTemplate ?? null, contentTemplate, htmlTemplate: htmlTemplate ?? null },
    ]),
  );
}
