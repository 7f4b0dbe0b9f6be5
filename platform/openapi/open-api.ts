import { runInSandbox, SandboxError, type Requester } from '../sandbox/index.ts';

export type ParameterPlace = 'PATH' | 'QUERY' | 'HEADER';
export type ParameterStyle = 'SIMPLE' | 'FORM' | 'SPACE_DELIMITED' | 'PIPE_DELIMITED' | 'DEEP_OBJECT';

/** A parameter of a request, and the field of the operation's input that it is made of. */
export interface OpenApiParameter {
  readonly in: ParameterPlace;
  /** In the request. */
  readonly name: string;
  readonly field: string;
  readonly style: ParameterStyle;
  readonly explode: boolean;
}

/** How a field of a form is written. */
export interface OpenApiFormField {
  readonly name: string;
  /** Null for the usual way: a field for each value of a list, objects as JSON. */
  readonly style: Exclude<ParameterStyle, 'SIMPLE'> | null;
  readonly explode: boolean;
  readonly mediaType: string | null;
  /** Its value is `{content, name, mediaType}`, the content as base64. */
  readonly isFile: boolean;
}

type JsonSchema = Readonly<Record<string, unknown>>;

export interface OpenApiOperation {
  readonly name: string;
  readonly description: string | null;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `{field}` stands for a field of the input. */
  readonly path: string;
  readonly parameters: readonly OpenApiParameter[];
  /** Field of the input that is the body. */
  readonly body: string | null;
  /** Of the body, JSON or a form; null for `application/json`. */
  readonly contentType: string | null;
  /** Of a form: fields that are not written in the usual way, and files; left out when there are none. */
  readonly form?: readonly OpenApiFormField[];
  readonly inputSchema: JsonSchema;
  readonly outputSchema: JsonSchema | null;
  /** What of the declaration is not used. */
  readonly notes: readonly string[];
}

export interface SkippedOperation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly reason: string;
}

/** Of the names that a selection gives. */
export interface SelectedNames {
  /** Those that are not in the document. */
  readonly unknown: readonly string[];
  /** Those that are, the first 20. */
  readonly known: readonly string[];
}

export interface OpenApiDocument {
  readonly title: string | null;
  readonly documentVersion: string | null;
  readonly openApiVersion: string;
  /** Where it breaks the rules of OpenAPI, at most 10. */
  readonly problems: readonly string[];
  readonly servers: readonly string[];
  /** `authentication` as HTTP integrations have it; null where none does the same. */
  readonly securitySchemes: readonly { readonly name: string; readonly authentication: JsonSchema | null }[];
  readonly selected: Readonly<Record<'tags' | 'operations', SelectedNames>>;
  /** How many operations the selection asks for. */
  readonly wanted: number;
  readonly operations: readonly OpenApiOperation[];
  /** At most 500. */
  readonly skipped: readonly SkippedOperation[];
}

export interface OpenApiSelection {
  /** Operations with one of these tags; null for all. */
  readonly tags: readonly string[] | null;
  /** Operations of these names or operationIds; null for all. */
  readonly operations: readonly string[] | null;
  /** How many operations are read; others are only counted. */
  readonly most: number;
}

/** The document cannot be read; the message is for its author and follows the name of what it was given as. */
export class OpenApiError extends Error {
  override readonly name = 'OpenApiError';
}

const TIMEOUT_MS = 10_000;

/**
 * Reads an OpenAPI document (3.0, 3.1; JSON or YAML) in the sandbox, with 10 s and its limits of memory. Other documents that
 * it refers to are never read. Throws `OpenApiError`, and what the sandbox throws when it has no place.
 */
export async function readOpenApi(
  text: string,
  selection: OpenApiSelection,
  whom?: Requester,
): Promise<OpenApiDocument> {
  try {
    const task = { language: 'openapi', program: selection, input: text } as const;
    return (await runInSandbox(task, { ...whom, timeoutMs: TIMEOUT_MS })) as OpenApiDocument;
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    if (error.reason === 'FAILED') throw new OpenApiError(error.message, { cause: error });
    const much = error.reason === 'TIMEOUT' ? 'time' : 'memory';
    throw new OpenApiError(`takes too much ${much} to read: give a smaller one`, { cause: error });
  }
}
