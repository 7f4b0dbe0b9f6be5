import type { Destination } from '@flowmesh/platform/secrets';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { z } from 'zod';
import type { TokenGrant } from './token-grant.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Something that an integration can be asked to do. */
export interface Operation {
  readonly name: string;
  readonly description: string | null;
  /** What its input must satisfy; anything goes when null. */
  readonly inputSchema: JsonSchema | null;
  /** What its answer must satisfy. */
  readonly outputSchema: JsonSchema | null;
  /** It changes nothing: its answers may be used again. */
  readonly readOnly: boolean;
  /** Doing it twice is like doing it once. */
  readonly repeatable: boolean;
  /** Fields of its answer that are the caller's own, told as they are: credentials are not masked in them. */
  readonly ownFields?: readonly string[];
  /** Taken from an OpenAPI document: importing again replaces it. */
  readonly imported?: boolean;
}

/** Settings of one integration, as they are stored, and its secrets, opened. */
export interface Settings<Configuration> {
  readonly configuration: Configuration;
  readonly credentials: Readonly<Record<string, string>>;
  /** Whose it is: what its calls occupy is shared fairly between owners. */
  readonly owner: string;
}

export interface ClientCall<Op extends Operation> {
  readonly operation: Op;
  readonly input: unknown;
  /** The same for each attempt, so that the service can tell a repetition. */
  readonly idempotencyKey: string;
}

/** Which credentials settings need, and which they may have besides. */
export interface WantedCredentials {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
}

/**
 * How integrations of one type are spoken to. To add a type: a folder here that exports one of these, a line in
 * `clients.ts`, and the value of `IntegrationType` in the schema.
 */
export interface IntegrationClient<Configuration = unknown, Op extends Operation = Operation> {
  readonly type: string;
  readonly title: string;
  readonly description: string;
  /** Shown in the graph as JSON Schema too. */
  readonly configuration: z.ZodType<Configuration>;
  /** What each credential is, by its name. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Null when owners declare them. */
  readonly operations: readonly Op[] | null;
  /** What is wrong with settings beyond their shape, such as addresses; paths below `configuration`. */
  problemsOf(configuration: Configuration): InvalidField[];
  wantedCredentials(configuration: Configuration): WantedCredentials;
  /** What is wrong with credentials beyond being texts; paths are their names. */
  credentialProblems?(configuration: Configuration, credentials: Readonly<Record<string, string>>): InvalidField[];
  /** Where the credentials go: when it changes, they must be given again. */
  destination(configuration: Configuration): Destination;
  /** How the access token is obtained that calls are made with, as `accessToken` among the credentials; null without one. */
  tokenGrant?(configuration: Configuration): TokenGrant | null;
  /** In what other forms credentials are sent, to be masked in answers as they are. */
  sentForms(settings: Settings<Configuration>): string[];
  /** Whether a test that succeeds has used the credentials; when left out it has, with whatever settings. */
  triesCredentials?(configuration: Configuration): boolean;
  /** Asks the service for a sign of life. Throws `CallError` when there is none. */
  test(settings: Settings<Configuration>, signal: AbortSignal): Promise<void>;
  /** One attempt. Throws `CallError`, and `InvalidCallInput` when the input cannot be sent. Answers JSON. */
  call(settings: Settings<Configuration>, call: ClientCall<Op>, signal: AbortSignal): Promise<unknown>;
}

/** The input fits its schema and still cannot be sent; paths below `input`. */
export class InvalidCallInput extends Error {
  override readonly name = 'InvalidCallInput';

  constructor(readonly fields: readonly InvalidField[]) {
    super('The input cannot be sent.');
  }
}
