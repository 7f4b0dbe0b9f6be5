import { headerProblem } from '@flowmesh/platform/http';

export type ParameterPlace = 'PATH' | 'QUERY' | 'HEADER';
export type ParameterStyle = 'SIMPLE' | 'FORM' | 'SPACE_DELIMITED' | 'PIPE_DELIMITED' | 'DEEP_OBJECT';

/** A parameter of a request that is made of a field of the input, in a style of OpenAPI. */
export interface HttpParameter {
  readonly in: ParameterPlace;
  /** In the request. */
  readonly name: string;
  readonly field: string;
  readonly style: ParameterStyle;
  readonly explode: boolean;
}

/** The styles that each place has. */
export const STYLES_OF: Readonly<Record<ParameterPlace, readonly ParameterStyle[]>> = {
  PATH: ['SIMPLE'],
  QUERY: ['FORM', 'SPACE_DELIMITED', 'PIPE_DELIMITED', 'DEEP_OBJECT'],
  HEADER: ['SIMPLE'],
};

type Scalar = string | number | boolean;
type Written = { readonly value: string } | { readonly problem: string };

export const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Everything but the unreserved characters of RFC 3986. */
export const percentEncoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);

const SHAPE = 'must be a text, a number, a boolean, or a list or an object of them';

/** Names and values of an object, the members without value left out; null when it cannot be written. */
function membersOf(value: Readonly<Record<string, unknown>>): [string, Scalar][] | null {
  const given = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  return given.every((each): each is [string, Scalar] => isScalar(each[1])) ? given : null;
}

/** One text of a value, its parts separated by commas. Without a style (`explode` null) lists and objects are refused. */
function simple(value: unknown, explode: boolean | null, written: (text: string) => string): Written {
  if (isScalar(value)) return { value: written(String(value)) };
  if (explode === null) return { problem: 'must be a text, a number or a boolean' };
  if (Array.isArray(value)) {
    return value.every(isScalar) ? { value: value.map((each) => written(String(each))).join(',') } : { problem: SHAPE };
  }
  const members = isObject(value) ? membersOf(value) : null;
  if (!members) return { problem: SHAPE };
  const between = explode ? '=' : ',';
  return { value: members.map(([name, inner]) => `${written(name)}${between}${written(String(inner))}`).join(',') };
}

/** A part of the path. */
export function pathText(value: unknown, explode: boolean | null): Written {
  if (value === undefined || value === null || value === '')
    return { problem: 'is required, as it is a part of the path' };
  const text = simple(value, explode, percentEncoded);
  if ('problem' in text) return { problem: `${text.problem}, as it is a part of the path` };
  if (text.value === '') return { problem: 'must not be empty, as it is a part of the path' };
  // They would leave the path that was declared.
  return text.value === '.' || text.value === '..' ? { problem: 'must not be a step in the path' } : text;
}

/** The value of a header. */
export function headerText(name: string, value: unknown, explode: boolean | null): Written {
  const text = simple(value, explode, (each) => each);
  if ('problem' in text) return text;
  const problem = headerProblem(name, text.value);
  return problem === null ? text : { problem };
}

const DELIMITERS = { SIMPLE: ',', FORM: ',', SPACE_DELIMITED: '%20', PIPE_DELIMITED: '%7C' } as const;

/** The parameters of the address that a value becomes, encoded, without `?`. Empty when there is nothing to send. */
export function queryText({ name, style, explode }: HttpParameter, value: unknown): Written {
  const pair = (key: string, inner: Scalar) => `${percentEncoded(key)}=${percentEncoded(String(inner))}`;
  if (isScalar(value)) return style === 'DEEP_OBJECT' ? { problem: 'must be an object' } : { value: pair(name, value) };
  if (Array.isArray(value)) {
    if (style === 'DEEP_OBJECT') return { problem: 'must be an object' };
    if (!value.every(isScalar)) return { problem: SHAPE };
    if (value.length === 0) return { value: '' };
    if (explode) return { value: value.map((each) => pair(name, each)).join('&') };
    const texts = value.map((each) => percentEncoded(String(each)));
    return { value: `${percentEncoded(name)}=${texts.join(DELIMITERS[style])}` };
  }
  const members = isObject(value) ? membersOf(value) : null;
  if (!members) return { problem: SHAPE };
  if (members.length === 0) return { value: '' };
  if (style === 'DEEP_OBJECT')
    return { value: members.map(([key, inner]) => pair(`${name}[${key}]`, inner)).join('&') };
  if (explode) return { value: members.map(([key, inner]) => pair(key, inner)).join('&') };
  const texts = members.flatMap(([key, inner]) => [percentEncoded(key), percentEncoded(String(inner))]);
  return { value: `${percentEncoded(name)}=${texts.join(DELIMITERS[style])}` };
}
