/** The error members every result union shares, ready to be returned from a resolver. */
export interface InvalidField {
  readonly path: string;
  readonly message: string;
}

export interface InvalidInputFailure {
  readonly __typename: 'InvalidInputError';
  readonly code: 'INVALID_INPUT';
  readonly message: string;
  readonly fields: InvalidField[];
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

export function invalidInput(fields: InvalidField[]): InvalidInputFailure {
  const [first] = fields;
  const message =
    fields.length === 1 && first
      ? `${first.path}: ${first.message}`
      : `${fields.length} fields cannot be accepted; see \`fields\`.`;
  return { __typename: 'InvalidInputError', code: 'INVALID_INPUT', message, fields };
}

export function notFound(message: string): NotFoundFailure {
  return { __typename: 'NotFoundError', code: 'NOT_FOUND', message };
}

export function conflict(message: string): ConflictFailure {
  return { __typename: 'ConflictError', code: 'CONFLICT', message };
}
