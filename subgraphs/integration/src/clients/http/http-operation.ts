import type { Operation } from '../integration-client.ts';
import type { HttpFormField } from './http-form.ts';
import type { HttpParameter } from './http-parameters.ts';

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** How an operation becomes a request. Fields of the input that go nowhere else are the body. */
export interface HttpRequestShape {
  readonly method: HttpMethod;
  /** Below the base address; `{name}` stands for a field of the input. */
  readonly path: string;
  /** Fields of the input that are parameters of the address. */
  readonly query: readonly string[];
  /** Fields of the input that are headers, under their own names. */
  readonly headers: readonly string[];
  /** Parameters in a style of OpenAPI; none when left out. */
  readonly parameters?: readonly HttpParameter[];
  /** Field of the input that is the whole body. */
  readonly body: string | null;
  /** Of the body; `application/json` when null or left out. */
  readonly contentType?: string | null;
  /** Of a form: how its fields are written, where that is not the usual way. */
  readonly form?: readonly HttpFormField[];
}

export interface HttpOperation extends Operation {
  readonly http: HttpRequestShape;
}

export const placeholdersOf = (path: string): string[] =>
  [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
/** Neither parameters nor what addresses turn into something else, such as \\ and line ends. */
export const isPlainPath = (path: string): boolean => !/[?#\s\\]/.test(path);
/** Steps may lead out of the base address, also percent-encoded. */
export const hasSteps = (path: string): boolean => /(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path);
export const hasBody = (method: HttpMethod): boolean => method === 'POST' || method === 'PUT' || method === 'PATCH';
export const changesNothing = (method: HttpMethod): boolean => method === 'GET' || method === 'HEAD';
/** By the definition of the method (RFC 9110, 9.2.2). */
export const isRepeatable = (method: HttpMethod): boolean => method !== 'POST' && method !== 'PATCH';

/** Null for operations that are no requests. */
export function httpShapeOf(operation: Operation & { readonly http?: HttpRequestShape }) {
  const { http } = operation;
  if (!http) return null;
  const { query, headers, parameters = [], contentType = null, form = [] } = http;
  return {
    ...http,
    query: [...query],
    headers: [...headers],
    parameters: [...parameters],
    contentType,
    form: [...form],
  };
}
