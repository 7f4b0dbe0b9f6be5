import type { InvalidField } from '@flowmesh/platform/validation';
import { InvalidCallInput } from '../integration-client.ts';
import { hasBody, placeholdersOf, type HttpRequestShape } from './http-operation.ts';
import { formBody, isForm } from './http-form.ts';
import { headerText, isScalar, pathText, queryText } from './http-parameters.ts';

export interface BuiltRequest {
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: string | Buffer | undefined;
  /** Of the body. */
  readonly contentType: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Joins two paths with one slash between them. */
const joined = (base: string, path: string) => `${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;

/** The request that an operation makes of its input. Throws `InvalidCallInput`. */
export function buildRequest(baseUrl: string, shape: HttpRequestShape, input: unknown): BuiltRequest {
  if (input !== null && input !== undefined && (typeof input !== 'object' || Array.isArray(input))) {
    throw new InvalidCallInput([{ path: '', message: 'must be an object' }]);
  }
  const fields = (input ?? {}) as Fields;
  const problems: InvalidField[] = [];
  const told = (path: string, written: ReturnType<typeof pathText>): string => {
    if ('value' in written) return written.value;
    problems.push({ path, message: written.problem });
    return '';
  };
  const { parameters = [] } = shape;
  const inPath = new Map<string, boolean | null>(placeholdersOf(shape.path).map((field) => [field, null]));
  for (const each of parameters) if (each.in === 'PATH') inPath.set(each.field, each.explode);
  const texts = new Map([...inPath].map(([field, explode]) => [field, told(field, pathText(fields[field], explode))]));

  const url = new URL(baseUrl);
  url.pathname = joined(
    url.pathname,
    shape.path.replace(/\{([^{}]*)\}/g, (_whole, name: string) => texts.get(name) ?? ''),
  );
  for (const name of shape.query) {
    const values = [fields[name]].flat().filter((value) => value !== undefined && value !== null);
    if (!values.every(isScalar)) told(name, { problem: 'must be a text, a number, a boolean, or a list of them' });
    for (const value of values) url.searchParams.append(name, isScalar(value) ? String(value) : '');
  }
  const headers: Record<string, string> = {};
  const setHeader = (name: string, field: string, explode: boolean | null) => {
    const value = fields[field];
    if (value === undefined || value === null) return;
    headers[name.toLowerCase()] = told(field, headerText(name, value, explode));
  };
  for (const name of shape.headers) setHeader(name, name, null);
  for (const parameter of parameters) {
    const { name, field, explode } = parameter;
    if (parameter.in === 'HEADER') setHeader(name, field, explode);
    if (parameter.in !== 'QUERY' || fields[field] === undefined || fields[field] === null) continue;
    addToQuery(url, told(field, queryText(parameter, fields[field])));
  }
  const elsewhere = new Set([
    ...inPath.keys(),
    ...shape.query,
    ...shape.headers,
    ...parameters.map(({ field }) => field),
  ]);
  const body = bodyOf(shape, fields, { elsewhere, tell: (problem) => problems.push(problem) });
  if (problems.length > 0) throw new InvalidCallInput(problems);
  return { url, headers, ...body };
}

/** As it is: parameters that are there already keep the form they have. */
function addToQuery(url: URL, text: string): void {
  if (text !== '') url.search = url.search === '' ? text : `${url.search}&${text}`;
}

interface BodyOptions {
  /** Fields that are not part of the body. */
  readonly elsewhere: ReadonlySet<string>;
  readonly tell: (problem: InvalidField) => void;
}

function bodyOf(
  shape: HttpRequestShape,
  fields: Fields,
  options: BodyOptions,
): Pick<BuiltRequest, 'body' | 'contentType'> {
  const contentType = shape.contentType ?? 'application/json';
  if (!hasBody(shape.method)) return { body: undefined, contentType };
  const { body: name, form = [] } = shape;
  const others = () => Object.fromEntries(Object.entries(fields).filter(([field]) => !options.elsewhere.has(field)));
  const value = name === null ? others() : fields[name];
  if (value === undefined) return { body: undefined, contentType };
  if (!isForm(contentType)) return { body: JSON.stringify(value), contentType };
  const below = ({ path, message }: InvalidField) =>
    options.tell({ path: name === null ? path : `${name}.${path}`, message });
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return formBody(contentType, form, value as Fields, below);
  }
  options.tell({ path: name ?? '', message: 'must be an object, as it is a form' });
  return { body: undefined, contentType };
}
