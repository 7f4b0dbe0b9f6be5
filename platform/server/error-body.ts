import type { ErrorCode } from '../errors/index.ts';

/** The body of a refusal that no route has written: in the form of GraphQL, as every error of ours is. */
export const errorBody = (message: string, code: ErrorCode, requestId: string, more: object = {}): string =>
  JSON.stringify({ errors: [{ message, extensions: { ...more, code, requestId } }] });
