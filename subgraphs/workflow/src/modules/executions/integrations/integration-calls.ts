import { ServiceAwayError, ServiceRefusedError, type Services } from '@flowmesh/platform/services';
import { RESULT_TOO_LARGE } from '../result-size.ts';
import { StepFailure, StepWait, type IntegrationPort } from '../step-types/step-type.ts';

const INVOKE = `mutation CallOfStep($input: InvokeIntegrationInput!) {
  invokeIntegration(input: $input) {
    __typename
    ... on InvokeIntegrationSuccess { output }
    ... on InvalidInputError { message fields { path message } }
    ... on IntegrationUnavailableError { code message retryAfterSeconds }
    ... on IntegrationCallFailedError { code message retryable fault retryAfterSeconds }
    ... on IdempotencyConflictError { message }
  }
}`;

type Answer =
  | { readonly __typename: 'InvokeIntegrationSuccess'; readonly output: unknown }
  | {
      readonly __typename: 'InvalidInputError';
      readonly message: string;
      readonly fields: readonly { readonly path: string; readonly message: string }[];
    }
  | { readonly __typename: 'NotFoundError' }
  | {
      readonly __typename: 'IntegrationUnavailableError';
      readonly code: string;
      readonly message: string;
      readonly retryAfterSeconds: number | null;
    }
  | FailedCall
  | { readonly __typename: 'IdempotencyConflictError'; readonly message: string };

interface FailedCall {
  readonly __typename: 'IntegrationCallFailedError';
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly fault: boolean;
  readonly retryAfterSeconds: number | null;
}

/** The service was called and asks for patience: nothing was done. */
const BUSY = new Set(['TOO_MANY_REQUESTS', 'TOO_MANY_CALLS']);
/** The answer comes a little after the times that the integration keeps: for a place among the calls, and for the call. */
const GRACE_MS = 5_000;

/** The integration service, wherever it runs. */
export class IntegrationCalls implements IntegrationPort {
  constructor(private readonly services: Services) {}

  async invoke(request: Parameters<IntegrationPort['invoke']>[0]): Promise<unknown> {
    const { integrationId: id, operation, input, idempotencyKey, timeoutMs, maxWaitMs } = request;
    const { userId, scopes, roleIds, workflowId, requestId } = request;
    const service = this.services.get('integration');
    // In this process it may not have been opened yet.
    if (!service) throw new ServiceAwayError('integration', false);
    const viewer = { kind: 'service', service: 'workflow', userId, scopes, roleIds, workflowId } as const;
    const variables = { input: { id, operation, input, idempotencyKey, timeoutMs } };
    const call = { viewer, requestId, timeoutMs: 2 * timeoutMs + GRACE_MS };
    const asked = service.ask<{ invokeIntegration: Answer }>({ query: INVOKE, variables }, call);
    const { invokeIntegration: answer } = await asked.catch((error: unknown) => {
      throw error instanceof ServiceRefusedError ? new StepFailure(error.code, error.message, false) : error;
    });
    return outputOf(answer, operation, maxWaitMs);
  }
}

function outputOf(answer: Answer, operation: string, maxWaitMs: number): unknown {
  switch (answer.__typename) {
    case 'InvokeIntegrationSuccess':
      return answer.output;
    case 'InvalidInputError': {
      if (answer.fields.some(({ path }) => path === 'operation')) {
        const message = `The integration has no operation ${operation} any more: change the workflow, or declare it again.`;
        throw new StepFailure('OPERATION_NOT_FOUND', message, false);
      }
      const fields = answer.fields.map(({ path, message }) => `${path}: ${message}`).join('; ');
      throw new StepFailure('INTEGRATION_INPUT', `${operation} refused its input: ${fields || answer.message}`, false);
    }
    case 'NotFoundError':
      throw new StepFailure(
        'INTEGRATION_NOT_FOUND',
        'There is no such integration, or the starter may not use it.',
        false,
      );
    case 'IntegrationUnavailableError':
      // Only its owner can change that; the step’s own retries give them some time.
      if (answer.code === 'INTEGRATION_INACTIVE')
        throw new StepFailure('INTEGRATION_UNAVAILABLE', answer.message, true);
      throw waiting(answer, maxWaitMs);
    case 'IntegrationCallFailedError':
      if (BUSY.has(answer.code)) throw waiting(answer, maxWaitMs);
      throw failure(answer);
    case 'IdempotencyConflictError':
      throw new StepFailure('INTEGRATION_FAILED', answer.message, false);
  }
}

function failure({ code, message, retryable, fault, retryAfterSeconds }: FailedCall): StepFailure {
  const details = { cause: code, ...(retryAfterSeconds === null ? {} : { retryAfterMs: retryAfterSeconds * 1_000 }) };
  const told = `${code}: ${message}`;
  if (code === 'TOO_LARGE') return new StepFailure(RESULT_TOO_LARGE, told, false, details);
  // A fault of the service after which the call could be repeated is retryable.
  const unknown = !retryable && (fault || code === 'OUTCOME_UNKNOWN');
  if (!unknown) return new StepFailure('INTEGRATION_FAILED', told, retryable, details);
  return new StepFailure('OUTCOME_UNKNOWN', `It is not known whether the service has done its work. ${told}`, false);
}

function waiting(
  { message, retryAfterSeconds }: { readonly message: string; readonly retryAfterSeconds: number | null },
  maxWaitMs: number,
): StepWait {
  const retryAfterMs = retryAfterSeconds === null ? null : retryAfterSeconds * 1_000;
  return new StepWait('integration', { reason: message, retryAfterMs, maxWaitMs, code: 'INTEGRATION_UNAVAILABLE' });
}
