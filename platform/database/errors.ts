import { StartError } from '../errors/index.ts';

/**
 * The database cannot be used as configured. The message is one sentence for the operator: what is wrong, where, and
 * what to do. It never holds a password.
 */
export class DatabaseStartError extends StartError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DatabaseStartError';
  }
}

/** What went wrong, in a line: of several failed attempts to connect, the first. */
export function describeError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0)
    return describeError(error.errors[0]);
  const message = 'message' in error ? String(error.message).trim() : '';
  return message.split('\n', 1)[0] || 'unknown error';
}

/** The `code` of an error of Node or PostgreSQL (`EACCES`, `42P04`), if it has one. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Whether the statement failed because of this unique index or constraint. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return (
    errorCode(error) === '23505' &&
    typeof error === 'object' &&
    error !== null &&
    'constraint' in error &&
    error.constraint === constraint
  );
}

/** Whether Prisma did not write a record because of a unique index. Any domain's client is meant. */
export const isDuplicateRecord = (error: unknown): boolean =>
  error instanceof Error && error.name === 'PrismaClientKnownRequestError' && errorCode(error) === 'P2002';
