import { GraphQLError } from 'graphql';

/** Every `extensions.code` a client can meet. Anything else is masked as INTERNAL, with the request id. */
export const ErrorCode = {
  /** The request is no GraphQL request. */
  badRequest: 'BAD_REQUEST',
  /** The document cannot be read. */
  parseFailed: 'GRAPHQL_PARSE_FAILED',
  /** The document does not fit the schema, or passes a limit. */
  validationFailed: 'GRAPHQL_VALIDATION_FAILED',
  /** Queries by hash are not offered: send the text. */
  persistedQueryNotSupported: 'PERSISTED_QUERY_NOT_SUPPORTED',
  unauthenticated: 'UNAUTHENTICATED',
  /** `refreshToken` gives another one: the session may go on. */
  accessTokenExpired: 'ACCESS_TOKEN_EXPIRED',
  forbidden: 'FORBIDDEN',
  reauthenticationRequired: 'REAUTHENTICATION_REQUIRED',
  badInput: 'BAD_USER_INPUT',
  /** There is nothing at this address; objects that are not there are null or a NotFoundError. */
  notFound: 'NOT_FOUND',
  tooLarge: 'TOO_LARGE',
  rateLimited: 'RATE_LIMITED',
  timeout: 'TIMEOUT',
  unavailable: 'UNAVAILABLE',
  internal: 'INTERNAL',
} as const;

export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** An error whose message clients may read. */
export class PublicError extends GraphQLError {
  constructor(message: string, code: ErrorCode, extensions: Record<string, unknown> = {}) {
    super(message, { extensions: { ...extensions, code } });
    this.name = 'PublicError';
  }
}

const SIGN_IN =
  'Sign in first: send `Authorization: Bearer <access token>`, over a WebSocket as `authorization` in the connection parameters.';

export const unauthenticated = (message = SIGN_IN) => new PublicError(message, ErrorCode.unauthenticated);

export const forbidden = (message: string, extensions?: Record<string, unknown>) =>
  new PublicError(message, ErrorCode.forbidden, extensions);

/** The session goes on, but was begun too long ago for this. `what`: what takes a recent sign-in. */
export const reauthenticationRequired = (what: string, extensions?: Record<string, unknown>) =>
  new PublicError(
    `${what} takes a recent sign-in: sign in again, with the present access token in \`authorization\`, which replaces the session.`,
    ErrorCode.reauthenticationRequired,
    extensions,
  );

/** An argument that cannot be used; for mutations prefer the typed InvalidInputError. */
export const badInput = (argument: string, message: string) =>
  new PublicError(`${argument}: ${message}`, ErrorCode.badInput, { argument });

/** `retryAfter`: seconds until trying again makes sense. */
export const rateLimited = (message: string, retryAfter: number) =>
  new PublicError(`${message} Try again in ${retryAfter} s.`, ErrorCode.rateLimited, { retryAfter });

/** Seconds after which what was away is often back. */
const RETRY_AFTER_S = 2;

/** Nobody's mistake, and over soon. `retryAfter`: seconds until trying again makes sense. */
export const unavailable = (message: string, retryAfter: number = RETRY_AFTER_S) =>
  new PublicError(message, ErrorCode.unavailable, { retryAfter });

/** What clients are told of an error for which `isOutage` holds. */
export const outage = () => unavailable('A part of the product is away at the moment. Try again.', 5);
