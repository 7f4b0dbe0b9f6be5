import { headerProblem } from '@flowmesh/platform/http';
import { checkSchemas } from '@flowmesh/platform/json-schema';
import type { Requester } from '@flowmesh/platform/sandbox';
import { jsonObject, text, type InvalidField } from '@flowmesh/platform/validation';
import { z } from 'zod';
import {
  changesNothing,
  hasBody,
  hasSteps,
  isPlainPath,
  isRepeatable,
  placeholdersOf,
  type HttpOperation,
} from '../../clients/http/http-operation.ts';
import { isForm, MEDIA_TYPE, MULTIPART, URL_ENCODED, type HttpFormField } from '../../clients/http/http-form.ts';
import { STYLES_OF } from '../../clients/http/http-parameters.ts';

export const MAX_OPERATIONS = 200;
const MAX_SCHEMA_BYTES = 256 * 1024;

const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,99}$/, 'must be 1 to 100 letters, digits, _, - and ., and begin with a letter');
const fieldName = text({ min: 1, max: 100 });
const fieldNames = z.array(fieldName).max(50, 'must be at most 50').nullish();
const schema = jsonObject({ maxBytes: MAX_SCHEMA_BYTES }).nullish();

const style = z.enum(['SIMPLE', 'FORM', 'SPACE_DELIMITED', 'PIPE_DELIMITED', 'DEEP_OBJECT']);

const parameter = z.object({
  in: z.enum(['PATH', 'QUERY', 'HEADER']),
  name: text({ min: 1, max: 200 }),
  field: fieldName,
  style,
  explode: z.boolean(),
});

const formField = z.object({
  name: text({ min: 1, max: 200 }),
  style: style.nullish(),
  explode: z.boolean().nullish(),
  mediaType: z.string().regex(MEDIA_TYPE, 'must be a media type, e.g. image/png').nullish(),
  isFile: z.boolean().nullish(),
});

const operation = z.object({
  name,
  description: text({ max: 2_000 }).nullish(),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: text({ max: 2_000 }),
  query: fieldNames,
  headers: fieldNames,
  parameters: z.array(parameter).max(100, 'must be at most 100').nullish(),
  body: fieldName.nullish(),
  contentType: z
    .string()
    .max(100, 'must have at most 100 characters')
    .regex(
      /^(application\/([\w.-]+\+)?json(; ?charset=utf-8)?|application\/x-www-form-urlencoded|multipart\/form-data)$/i,
      `must be a media type of JSON, ${URL_ENCODED} or ${MULTIPART}`,
    )
    .transform((type) => (isForm(type.toLowerCase()) ? type.toLowerCase() : type))
    .nullish(),
  form: z.array(formField).max(100, 'must be at most 100').nullish(),
  inputSchema: schema,
  outputSchema: schema,
  readOnly: z.boolean().nullish(),
  repeatable: z.boolean().nullish(),
});

export const operationShape = operation;
export const operationsShape = z.array(operation).max(MAX_OPERATIONS, `must be at most ${MAX_OPERATIONS}`);
export type OperationInput = z.output<typeof operation>;
type FormFieldInput = z.output<typeof formField>;

export function toOperation(input: OperationInput): HttpOperation {
  const { method, path } = input;
  return {
    name: input.name,
    description: input.description ?? null,
    inputSchema: input.inputSchema ?? null,
    outputSchema: input.outputSchema ?? null,
    readOnly: input.readOnly ?? changesNothing(method),
    repeatable: input.repeatable ?? isRepeatable(method),
    http: {
      ...{ method, path, query: input.query ?? [], headers: input.headers ?? [] },
      ...{ parameters: input.parameters ?? [], body: input.body ?? null, contentType: input.contentType ?? null },
      // Operations from before forms were possible have none.
      ...(input.form?.length ? { form: input.form.map(toFormField) } : {}),
    },
  };
}

const toFormField = ({ explode, mediaType, isFile, ...field }: FormFieldInput): HttpFormField => ({
  ...{ name: field.name, style: field.style ?? null },
  explode: explode ?? (field.style === 'FORM' || field.style === 'DEEP_OBJECT'),
  ...{ mediaType: mediaType ?? null, isFile: isFile ?? false },
});

function formProblems({ contentType, form }: OperationInput): InvalidField[] {
  if (!form?.length) return [];
  if (!isForm(contentType)) return [{ path: 'form', message: `needs the contentType ${URL_ENCODED} or ${MULTIPART}` }];
  return form.flatMap(({ name: field, style: written, mediaType, isFile }, at): InvalidField[] => {
    const isTwice = form.findIndex((other) => other.name === field) < at;
    return [
      ...(isTwice ? [{ path: `form[${at}].name`, message: 'is that of another one, too' }] : []),
      ...(written && contentType === MULTIPART ? [{ path: `form[${at}].style`, message: `needs ${URL_ENCODED}` }] : []),
      ...(written === 'SIMPLE' ? [{ path: `form[${at}].style`, message: 'must not be SIMPLE' }] : []),
      ...(written && mediaType ? [{ path: `form[${at}].mediaType`, message: 'must be left out with a style' }] : []),
      ...(isFile && contentType !== MULTIPART ? [{ path: `form[${at}].isFile`, message: `needs ${MULTIPART}` }] : []),
    ];
  });
}

function pathProblem(path: string): string | null {
  if (!isPlainPath(path)) return 'must be a path without parameters; list those in `query`';
  if (hasSteps(path)) return 'must not have the steps . and ..';
  if (placeholdersOf(path).some((placeholder) => placeholder === ''))
    return 'must name a field of the input in each {}';
  return /[{}]/.test(path.replace(/\{[^{}]*\}/g, '')) ? 'must have a } for each {' : null;
}

function parameterProblems(given: z.output<typeof parameter>, { path, parameters }: OperationInput): InvalidField[] {
  const { name: parameterName, field, style } = given;
  const styles = STYLES_OF[given.in];
  const header = given.in === 'HEADER' ? headerProblem(parameterName, '') : null;
  const isMissing = given.in === 'PATH' && !placeholdersOf(path).includes(field);
  const isTwice = parameters?.some((other) => other !== given && other.field === field);
  return [
    ...(header ? [{ path: 'name', message: header }] : []),
    ...(styles.includes(style) ? [] : [{ path: 'style', message: `must be ${styles.join(' or ')} in ${given.in}` }]),
    ...(isMissing ? [{ path: 'field', message: 'is not in the path' }] : []),
    ...(isTwice ? [{ path: 'field', message: 'is that of another parameter, too' }] : []),
  ];
}

/** What is wrong with one operation beyond its shape and its schemas. */
export function requestProblems(input: OperationInput): InvalidField[] {
  const path = pathProblem(input.path);
  const body = input.body != null && !hasBody(input.method) ? `must be left out for ${input.method}` : null;
  return [
    ...(path ? [{ path: 'path', message: path }] : []),
    ...(body ? [{ path: 'body', message: body }] : []),
    ...formProblems(input),
    ...(input.headers ?? []).flatMap((header, at) => {
      const message = headerProblem(header, '');
      return message ? [{ path: `headers[${at}]`, message }] : [];
    }),
    ...(input.parameters ?? []).flatMap((each, at) =>
      parameterProblems(each, input).map(({ path: field, message }) => ({
        path: `parameters[${at}].${field}`,
        message,
      })),
    ),
  ];
}

/** What is wrong with declared operations beyond their shape; paths begin with `operations`. */
export async function operationProblems(
  operations: readonly OperationInput[],
  whom: Requester,
): Promise<InvalidField[]> {
  const names = operations.map((each) => each.name);
  const schemas = operations.flatMap(({ inputSchema, outputSchema }, at) => [
    ...(inputSchema ? [{ path: `operations[${at}].inputSchema`, schema: inputSchema }] : []),
    ...(outputSchema ? [{ path: `operations[${at}].outputSchema`, schema: outputSchema }] : []),
  ]);
  const found = await checkSchemas(
    schemas.map((each) => each.schema),
    whom,
  );
  return [
    ...names.flatMap((each, at) =>
      names.indexOf(each) < at ? [{ path: `operations[${at}].name`, message: 'is the name of another one' }] : [],
    ),
    ...operations.flatMap((each, at) =>
      requestProblems(each).map(({ path, message }) => ({ path: `operations[${at}].${path}`, message })),
    ),
    ...schemas.flatMap(({ path: base }, at) =>
      (found[at] ?? []).map(({ path, message }) => ({ path: path ? `${base}.${path}` : base, message })),
    ),
  ];
}
