import { validateEach } from '@flowmesh/platform/json-schema';
import type { Requester } from '@flowmesh/platform/sandbox';
import { jsonObject, type InvalidField } from '@flowmesh/platform/validation';
import type { TemplateVariable, VariableType } from './template-record.ts';

const MAX_VARIABLES_BYTES = 256 * 1024;
const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d))?$/;

const isText = (value: unknown): value is string => typeof value === 'string';

const TYPES: Readonly<Record<VariableType, { accepts: (value: unknown) => boolean; wanted: string }>> = {
  STRING: { accepts: isText, wanted: 'a text' },
  NUMBER: { accepts: (value) => typeof value === 'number' && Number.isFinite(value), wanted: 'a number' },
  INTEGER: { accepts: (value) => Number.isSafeInteger(value), wanted: 'a whole number' },
  BOOLEAN: { accepts: (value) => typeof value === 'boolean', wanted: 'true or false' },
  DATE_TIME: {
    accepts: (value) => isText(value) && isMoment(value),
    wanted: 'a date or a moment with time zone, e.g. 2026-01-31T12:00:00Z',
  },
  // Others, `javascript:` above all, would be dangerous in the `href` of a link.
  URL: { accepts: (value) => isText(value) && isWebUrl(value), wanted: 'an http, https or mailto URL' },
  LIST: { accepts: Array.isArray, wanted: 'a list' },
  OBJECT: {
    accepts: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    wanted: 'an object',
  },
};

function isMoment(text: string): boolean {
  if (!ISO_TIME.test(text) || Number.isNaN(Date.parse(text))) return false;
  // 31 February is read as the third of March.
  const day = text.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

function isWebUrl(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:', 'mailto:'].includes(new URL(text).protocol);
}

/** What is wrong with a value by the variable's type alone. */
export function typeProblem({ type }: TemplateVariable, value: unknown): string | null {
  const { accepts, wanted } = TYPES[type];
  return accepts(value) ? null : `must be ${wanted}`;
}

/** What Liquid knows of any text or list. */
const OF_LISTS = new Set(['size', 'first', 'last']);
const OF_TEXTS: ReadonlySet<VariableType> = new Set(['STRING', 'DATE_TIME', 'URL']);

/**
 * Why nothing can ever stand at the path (the variable's name first), by its type, or by a schema that says which
 * properties there are; null when something may.
 */
export function neverThere({ name, type, schema }: TemplateVariable, path: readonly string[]): string | null {
  const [, property] = path;
  if (property === undefined) return null;
  if (type === 'LIST') return null;
  if (type !== 'OBJECT') {
    return OF_TEXTS.has(type) && property === 'size' ? null : `uses ${path.join('.')}, but ${name} is a ${type}`;
  }
  const properties = schema?.['additionalProperties'] === false ? schema['properties'] : undefined;
  if (typeof properties !== 'object' || properties === null || schema?.['patternProperties'] !== undefined) return null;
  if (Object.hasOwn(properties, property) || OF_LISTS.has(property)) return null;
  return `uses ${path.join('.')}, which the schema of ${name} does not allow`;
}

/** A value of a variable, and where it stands in the input. */
export interface GivenValue {
  readonly variable: TemplateVariable;
  readonly value: unknown;
  readonly path: string;
}

/** What is wrong with values of variables; empty when all can be used. */
export async function valueProblems(given: readonly GivenValue[], whom: Requester): Promise<InvalidField[]> {
  const wrong = given.flatMap(({ variable, value, path }) => {
    const message = typeProblem(variable, value);
    return message ? [{ path, message }] : [];
  });
  const ofWrongType = new Set(wrong.map(({ path }) => path));
  const checked = given.flatMap(({ variable: { schema }, value, path }) =>
    schema === null || ofWrongType.has(path) ? [] : [{ schema, value, path }],
  );
  const problems = await validateEach(checked, whom);
  const broken = checked.flatMap(({ path }, at) =>
    (problems[at] ?? []).map(({ path: below, message }) => {
      const joint = below === '' || below.startsWith('[') ? '' : '.';
      return { path: `${path}${joint}${below}`, message };
    }),
  );
  return [...wrong, ...broken];
}

export type FilledVariables =
  | { readonly values: Readonly<Record<string, unknown>> }
  /** Paths are below `variables`, which they name. */
  | { readonly problems: readonly InvalidField[] };

/** The values a text is rendered with: those given, checked, and defaults. Nothing is missing or of another type. */
export async function fillVariables(
  variables: readonly TemplateVariable[],
  given: unknown,
  whom: Requester,
): Promise<FilledVariables> {
  const shape = jsonObject({ maxBytes: MAX_VARIABLES_BYTES }).safeParse(given ?? {});
  if (!shape.success) {
    return {
      problems: shape.error.issues.map(({ path, message }) => ({ path: ['variables', ...path].join('.'), message })),
    };
  }
  const known = new Set(variables.map(({ name }) => name));
  const problems: InvalidField[] = Object.keys(shape.data)
    .filter((name) => !known.has(name))
    .map((name) => ({ path: `variables.${name}`, message: 'is not a variable of the template' }));
  const values: Record<string, unknown> = {};
  const checked: GivenValue[] = [];
  for (const variable of variables) {
    const value = shape.data[variable.name] ?? null;
    const path = `variables.${variable.name}`;
    if (value !== null) checked.push({ variable, value, path });
    else if (variable.required) problems.push({ path, message: 'is required' });
    values[variable.name] = value ?? variable.default;
  }
  problems.push(...(await valueProblems(checked, whom)));
  return problems.length > 0 ? { problems } : { values };
}
