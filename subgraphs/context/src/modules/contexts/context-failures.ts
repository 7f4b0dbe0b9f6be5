import { notFound } from '@flowmesh/platform/validation';
import type { ContextRecord } from './context-record.ts';

export const noContext = () => notFound('There is no such context, or you may not change it.');

/** You have a context of this name already. */
export const contextNameTaken = (name: string, contextId: string) => ({
  __typename: 'ContextNameTakenError' as const,
  code: 'CONTEXT_NAME_TAKEN',
  message: `There is a context called ${JSON.stringify(name)} already.`,
  contextId,
});

/** Somebody changed it since `expected`. */
export const versionConflict = (what: string, context: ContextRecord, current: number, expected: number) => ({
  __typename: 'ContextVersionConflictError' as const,
  code: 'VERSION_CONFLICT',
  message: `The ${what} is at version ${current}, not ${expected}.`,
  currentVersion: current,
  context,
});

/** Secrets were found in what was to be stored. */
export const secretsRefused = (findings: readonly SecretFinding[]) => ({
  __typename: 'ContextSecretsRefusedError' as const,
  code: 'SECRETS_REFUSED',
  message: 'The input holds what looks like secrets, which this context refuses. Nothing was stored.',
  findings: [...findings],
});

export interface SecretFinding {
  /** Below `input`. */
  readonly path: string;
  readonly kind: string;
}

export type VersionConflict = ReturnType<typeof versionConflict>;
