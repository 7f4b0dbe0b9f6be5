import { ServiceAwayError, ServiceRefusedError, type Services } from '@flowmesh/platform/services';
import { StepFailure } from '../step-types/step-type.ts';
import type { NotificationPort, Sender, SentNotification, StepMessage } from './notification-port.ts';

const SENT = 'notification { id status error { message } }';

const SEND = `mutation SendOfStep($input: SendNotificationInput!) {
  sendNotification(input: $input) {
    __typename
    ... on SendNotificationSuccess { ${SENT} }
    ... on InvalidInputError { fields { path message } }
    ... on IdempotencyConflictError { id }
    ... on MutationError { message }
  }
}`;

const LOOK = `query SentOfStep($id: ID!) { notification(id: $id) { id status error { message } } }`;

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly error: { readonly message: string } | null;
}

interface Answer {
  readonly __typename: string;
  readonly notification?: Shown;
  readonly id?: string;
  readonly message?: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
}

/** The notification service, wherever it runs. */
export class NotificationCalls implements NotificationPort {
  constructor(private readonly services: Services) {}

  async send(sender: Sender, message: StepMessage, idempotencyKey: string): Promise<SentNotification | null> {
    const variables = { input: { ...message, idempotencyKey } };
    const { sendNotification: answer } = await this.ask<{ sendNotification: Answer }>(sender, SEND, variables);
    if (answer.notification) return toSent(answer.notification);
    switch (answer.__typename) {
      case 'IdempotencyConflictError':
        // A text that is computed from the time differs when it is sent again: what was sent first counts.
        return this.look(sender, String(answer.id));
      case 'NotificationUnwantedError':
        return null;
      case 'NotificationChannelUnavailableError':
        throw new StepFailure('NOTIFICATION_UNAVAILABLE', String(answer.message), true);
      default: {
        const fields = (answer.fields ?? []).map((field) => `${field.path}: ${field.message}`).join('; ');
        throw new StepFailure('NOTIFICATION_REFUSED', fields || String(answer.message), false);
      }
    }
  }

  private async look(sender: Sender, id: string): Promise<SentNotification> {
    const { notification } = await this.ask<{ notification: Shown | null }>(sender, LOOK, { id });
    // It can be removed, or a right to read be missing; that it was sent is known all the same.
    return notification ? toSent(notification) : { id, status: 'PENDING', problem: null };
  }

  private async ask<T>(
    { userId, scopes, roleIds, workflowId, requestId }: Sender,
    query: string,
    variables: Record<string, unknown>,
  ): Promise<T> {
    const service = this.services.get('notification');
    // In this process it may not have been opened yet.
    if (!service) throw new ServiceAwayError('notification', false);
    const viewer = { kind: 'service', service: 'workflow', userId, scopes, roleIds, workflowId } as const;
    try {
      return await service.ask<T>({ query, variables }, { viewer, requestId });
    } catch (error) {
      throw error instanceof ServiceRefusedError ? new StepFailure(error.code, error.message, false) : error;
    }
  }
}

const toSent = ({ id, status, error }: Shown): SentNotification => ({ id, status, problem: error?.message ?? null });
