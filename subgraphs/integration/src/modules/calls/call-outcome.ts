import type { invalidInput } from '@flowmesh/platform/validation';
import type { IntegrationRecord } from '../integrations/integration-record.ts';
import type { CallFailure, refused } from './call-failures.ts';

/** What became of a call that was made, or not. */
export type CallOutcome = CallSuccess | CallFailure | ReturnType<typeof refused> | ReturnType<typeof invalidInput>;

export interface CallSuccess {
  readonly __typename: 'InvokeIntegrationSuccess';
  readonly output: unknown;
  readonly cached: boolean;
  /** The outcome of an earlier call with the same key. */
  readonly repeated: boolean;
  readonly attempts: number;
  readonly durationMs: number;
  readonly integration: IntegrationRecord;
}
