import { serviceViewer } from '@flowmesh/platform/access';
import { ServiceAwayError, ServiceRefusedError, type Service, type Services } from '@flowmesh/platform/services';
import { DeliveryFailure } from '../channel-adapter.ts';

const INVOKE = `mutation SendThroughIntegration($input: InvokeIntegrationInput!) {
  invokeIntegration(input: $input) {
    __typename
    ... on InvokeIntegrationSuccess { output }
    ... on InvalidInputError { fields { path message } }
    ... on IntegrationUnavailableError { code message retryAfterSeconds }
    ... on IntegrationCallFailedError { code message fault status retryable retryAfterSeconds }
  }
}`;

/** The answer comes a little after the deadline that the integration keeps. */
const GRACE_MS = 5_000;

export interface IntegrationCall {
  readonly integrationId: string;
  readonly operation: string;
  readonly input: object;
  /** The same in every attempt. */
  readonly idempotencyKey: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** The call was made, and failed. */
export interface FailedCall {
  readonly __typename: 'IntegrationCallFailedError';
  readonly code: string;
  readonly message: string;
  readonly fault: boolean;
  readonly status: number | null;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | null;
}

export type InvokeAnswer =
  | { readonly __typename: 'InvokeIntegrationSuccess'; readonly output: unknown }
  | { readonly __typename: 'InvalidInputError'; readonly fields: readonly { path: string; message: string }[] }
  | { readonly __typename: 'NotFoundError' }
  | {
      readonly __typename: 'IntegrationUnavailableError';
      readonly code: string;
      readonly message: string;
      readonly retryAfterSeconds: number | null;
    }
  | FailedCall;

/** The integration service, wherever it runs. It alone has the credentials, and the circuit of what is called. */
export class IntegrationCalls {
  constructor(private readonly services: Services) {}

  /** Calls an operation on behalf of the product. Throws `DeliveryFailure` when the integration service does not answer. */
  async invoke({ integrationId: id, timeoutMs, signal, ...call }: IntegrationCall): Promise<InvokeAnswer> {
    const viewer = serviceViewer('notification', ['integration:invoke', 'integration:invoke-any']);
    // A message is better sent twice than not at all.
    const variables = { input: { id, timeoutMs, repeatUnknown: true, ...call } };
    const options = { viewer, requestId: call.idempotencyKey, timeoutMs: timeoutMs + GRACE_MS, signal };
    try {
      const asked = await this.service().ask<{ invokeIntegration: InvokeAnswer }>(
        { query: INVOKE, variables },
        options,
      );
      return asked.invokeIntegration;
    } catch (error) {
      if (error instanceof ServiceAwayError) throw away(error.answered);
      if (error instanceof ServiceRefusedError) throw new DeliveryFailure(error.message, REFUSED);
      throw error;
    }
  }

  private service(): Service {
    const service = this.services.get('integration');
    if (service) return service;
    throw new DeliveryFailure('This installation has no integrations.', REFUSED);
  }
}

const REFUSED = { code: 'CONFIGURATION', retryable: true, blame: 'provider' } as const;

/** Whether it was sent is not known; the key tells. A service that is away is waited for; one with a fault, not for ever. */
const away = (answered: boolean) =>
  new DeliveryFailure(answered ? 'The integration service has a fault.' : 'The integration service does not answer.', {
    code: 'INTEGRATION_AWAY',
    retryable: true,
    blame: 'provider',
    isFault: true,
    isAttempt: answered,
  });
