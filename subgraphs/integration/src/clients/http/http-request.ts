import { headerProblem } from '@flowmesh/platform/http';
import type { InvalidField } from '@flowmesh/platform/validation';
import { InvalidCallInput } from '../integration-client.ts';
import { hasBody, placeholdersOf, type HttpRequestShape } from './http-operation.ts';

export interface BuiltRequest {
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** Others are refused, and must not be asked how they would like to be written. */
const textOf = (value: unknown): string => (isScalar(value) ? String(value) : '');

function pathProblem(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return 'is required, as it is a part of the path';
  if (!isScalar(value)) return 'must be a text, a number or a boolean, as it is a part of the path';
  // They would leave the path that was declared.
  return value === '.' || value === '..' ? 'must not be a step in the path' : null;
}

/** Joins two paths with one slash between them. */
const joined = (base: string, path: string) => `${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;

/** The request that an operation makes of its input. Throws `InvalidCallInput`. */
export function buildRequest(baseUrl: string, shape: HttpRequestShape, input: unknown): BuiltRequest {
  if (input !== null && input !== undefined && (typeof input !== 'object' || Array.isArray(input))) {
    throw new InvalidCallInput([{ path: '', message: 'must be an object' }]);
  }
  const fields = (input ?? {}) as Fields;
  const problems: InvalidField[] = [];
  const told = (path: string, message: string | null) => void (message && problems.push({ path, message }));
  const inPath = placeholdersOf(shape.path);
  for (const name of inPath) told(name, pathProblem(fields[name]));

  const url = new URL(baseUrl);
  url.pathname = joined(
    url.pathname,
    shape.path.replace(/\{([^{}]*)\}/g, (_whole, name: string) => encodeURIComponent(textOf(fields[name]))),
  );
  for (const name of shape.query) {
    const values = [fields[name]].flat().filter((value) => value !== undefined && value !== null);
    if (!values.every(isScalar)) told(name, 'must be a text, a number, a boolean, or a list of them');
    for (const value of values) url.searchParams.append(name, textOf(value));
  }
  const headers: Record<string, string> = {};
  for (const name of shape.headers) {
    const value = fields[name];
    if (value === undefined || value === null) continue;
    told(name, isScalar(value) ? headerProblem(name, String(value)) : 'must be a text, a number or a boolean');
    headers[name.toLowerCase()] = textOf(value);
  }
  if (problems.length > 0) throw new InvalidCallInput(problems);
  const elsewhere = new Set([...inPath, ...shape.query, ...shape.headers]);
  return { url, headers, body: bodyOf(shape, fields, elsewhere) };
}

function bodyOf(
  { method, body }: HttpRequestShape,
  fields: Fields,
  elsewhere: ReadonlySet<string>,
): string | undefined {
  if (!hasBody(method)) return undefined;
  if (body !== null) return fields[body] === undefined ? undefined : JSON.stringify(fields[body]);
  return JSON.stringify(Object.fromEntries(Object.entries(fields).filter(([name]) => !elsewhere.has(name))));
}
