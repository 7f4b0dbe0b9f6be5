/** Members of mutation result unions that all subgraphs share. Nothing was changed when one of them is the answer. */
export interface InvalidInputFailure {
  readonly __typename: 'InvalidInputError';
  readonly code: 'INVALID_INPUT';
  readonly message: string;
  readonly fields: InvalidField[];
}

export interface InvalidField {
  /** Below `input`, e.g. `steps[2].config`; empty for the input as a whole. */
  readonly path: string;
  readonly message: string;
}

export interface NotFoundFailure {
  readonly __typename: 'NotFoundError';
  readonly code: 'NOT_FOUND';
  readonly message: string;
}

export interface ConflictFailure {
  readonly __typename: 'ConflictError';
  readonly code: 'CONFLICT';
  readonly message: string;
}

export interface IdempotencyConflictFailure {
  readonly __typename: 'IdempotencyConflictError';
  readonly code: 'IDEMPOTENCY_CONFLICT';
  readonly message: string;
  readonly id: string;
}

const MAX_FIELDS = 100;

/** The input cannot be accepted. Lists at most 100 fields. */
export function invalidInput(fields: readonly InvalidField[]): InvalidInputFailure {
  const message =
    fields.length === 1 ? 'A field of the input cannot be accepted.' : 'Fields of the input cannot be accepted.';
  return { __typename: 'InvalidInputError', code: 'INVALID_INPUT', message, fields: fields.slice(0, MAX_FIELDS) };
}

/** There is no such object, or the viewer may not see it; the message must not tell which. */
export function notFound(message: string): NotFoundFailure {
  return { __typename: 'NotFoundError', code: 'NOT_FOUND', message };
}

export function conflict(message: string): ConflictFailure {
  return { __typename: 'ConflictError', code: 'CONFLICT', message };
}

/** The key has begun something else; `id` says what. */
export function idempotencyConflict(id: string): IdempotencyConflictFailure {
  const message =
    'The idempotency key was used before with a different input. Send the earlier input again, or use another key.';
  return { __typename: 'IdempotencyConflictError', code: 'IDEMPOTENCY_CONFLICT', message, id };
}
