import { GraphQLError } from 'graphql';

/** Every `extensions.code` that clients can get. Any other error is masked as INTERNAL, with the request id. */
export const ErrorCode = {
  /** Not a GraphQL request. */
  badRequest: 'BAD_REQUEST',
  /** The document cannot be read. */
  parseFailed: 'GRAPHQL_PARSE_FAILED',
  /** The document does not conform to the schema, or exceeds a limit. */
  validationFailed: 'GRAPHQL_VALIDATION_FAILED',
  /** Persisted queries are not supported: send the document. */
  persistedQueryNotSupported: 'PERSISTED_QUERY_NOT_SUPPORTED',
  unauthenticated: 'UNAUTHENTICATED',
  /** Call `refreshToken` for a new one: the session may still be active. */
  accessTokenExpired: 'ACCESS_TOKEN_EXPIRED',
  forbidden: 'FORBIDDEN',
  reauthenticationRequired: 'REAUTHENTICATION_REQUIRED',
  badInput: 'BAD_USER_INPUT',
  /** Unknown URL. Objects that do not exist are null or a NotFoundError instead. */
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

/** The session is active, but its sign-in was too long ago for this. `what`: what needs a recent sign-in. */
export const reauthenticationRequired = (what: string, extensions?: Record<string, unknown>) =>
  new PublicError(
    `${what} needs a recent sign-in: sign in again with the present access token in \`authorization\`; the new session replaces the present one.`,
    ErrorCode.reauthenticationRequired,
    extensions,
  );

/** An argument that cannot be used; for mutations prefer the typed InvalidInputError. */
export const badInput = (argument: string, message: string) =>
  new PublicError(`${argument}: ${message}`, ErrorCode.badInput, { argument });

/** `retryAfter`: seconds until trying again makes sense. */
export const rateLimited = (message: string, retryAfter: number) =>
  new PublicError(`${message} Try again in ${retryAfter} s.`, ErrorCode.rateLimited, { retryAfter });

/** Most outages that clients notice are over after this time. */
const RETRY_AFTER_S = 2;

/** A temporary failure that is not the client's fault. `retryAfter`: seconds until trying again makes sense. */
export const unavailable = (message: string, retryAfter: number = RETRY_AFTER_S) =>
  new PublicError(message, ErrorCode.unavailable, { retryAfter });

/** The error for clients when `isOutage` is true for the cause. */
export const outage = () => unavailable(OUTAGE, 5);
const OUTAGE = 'A part of the product is not available at the moment. Try again.';

/** Whether a service says by this error that something which it needs is away. */
export const tellsOutage = ({ message }: { readonly message: string }): boolean => message === OUTAGE;
