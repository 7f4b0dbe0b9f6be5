import type { Viewer } from '@flowmesh/platform/access';
import type { IntegrationProcess } from './integration-under-test.ts';

export interface Result {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
  readonly integration?: { readonly id: string; readonly version: number };
  readonly integrationId?: string;
  readonly output?: unknown;
  readonly cached?: boolean;
  readonly attempts?: number;
  readonly retryable?: boolean;
  readonly retryAfterSeconds?: number | null;
  readonly changed?: boolean;
  readonly removedEntries?: number;
  readonly totalCount?: number;
  readonly added?: readonly string[];
  readonly skipped?: readonly { readonly name: string; readonly reason: string }[];
  readonly dependents?: readonly { readonly id: string; readonly impact: string }[];
  readonly test?: { readonly succeeded: boolean; readonly code: string | null; readonly message: string | null };
}

const FIELDS = '... on InvalidInputError { fields { path message } }';

const NAMES = {
  registerIntegration: `${FIELDS} ... on RegisterIntegrationSuccess { integration { id version } }`,
  updateIntegration: `${FIELDS} ... on UpdateIntegrationSuccess { integration { id version } }`,
  deleteIntegration: `... on DeleteIntegrationSuccess { integrationId }
    ... on IntegrationInUseError { totalCount dependents { kind id name impact } }`,
  invokeIntegration: `${FIELDS} ... on InvokeIntegrationSuccess { output cached attempts }
    ... on IntegrationCallFailedError { attempts retryable fault status retryAfterSeconds }
    ... on IntegrationUnavailableError { retryAfterSeconds }`,
  rotateIntegrationCredentials: `${FIELDS} ... on RotateIntegrationCredentialsSuccess { integration { id version credentialsSet credentialsRotatedAt previousCredentialsUntil } test { succeeded credentialsTried } }
    ... on IntegrationCredentialsError { test { succeeded credentialsTried } }`,
  revertIntegrationCredentials:
    '... on RevertIntegrationCredentialsSuccess { integration { id version credentialsSet credentialsRotatedAt previousCredentialsUntil } }',
  importOpenApi: `${FIELDS} ... on ImportOpenApiSuccess { integration { id version } added changed removed
    skipped { name operation reason } notes { name note } problems servers securitySchemes { name authentication } title }`,
  testIntegration: '... on TestIntegrationSuccess { test { succeeded credentialsTried code message } }',
  testIntegrationClient: `${FIELDS} ... on TestIntegrationClientSuccess { test { succeeded credentialsTried code message } }`,
  resetCircuitBreaker: '... on ResetCircuitBreakerSuccess { changed }',
  clearIntegrationCache: '... on ClearIntegrationCacheSuccess { removedEntries }',
} as const;

/** The result of a mutation that takes one input. */
export const mutate = (
  process: IntegrationProcess,
  viewer: Viewer,
  name: keyof typeof NAMES,
  input: object,
): Promise<Result> => process.mutate<Result>(viewer, name, input, NAMES[name]);

/** Registers an integration that must be accepted, and gives its id. */
export async function registered(process: IntegrationProcess, viewer: Viewer, input: object): Promise<string> {
  const given = { name: `integration ${Math.random()}`, type: 'HTTP', ...input };
  const result = await mutate(process, viewer, 'registerIntegration', given);
  if (!result.integration) throw new Error(JSON.stringify(result));
  return result.integration.id;
}
