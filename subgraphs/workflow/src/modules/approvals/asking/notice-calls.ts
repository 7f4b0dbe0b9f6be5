import { serviceViewer, type SignedInViewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { ServiceAwayError, ServiceRefusedError, type Services } from '@flowmesh/platform/services';
import type { NoticeStatus } from './asking-record.ts';

/**
 * The product itself sends: whoever started the execution need not have the right to send to these people, and does not
 * learn their addresses. It reaches them only at what is theirs.
 */
const VIEWER = serviceViewer('workflow', [
  ...['notification:read', 'notification:send', 'notification:send-any', 'user:read-any'],
]);

const SHOWN = 'notification { id status error { message } }';

const SEND = `mutation TellOfApproval($input: SendNotificationInput!) {
  sendNotification(input: $input) {
    __typename
    ... on SendNotificationSuccess { created ${SHOWN} }
    ... on InvalidInputError { fields { path message } }
    ... on IdempotencyConflictError { id }
    ... on MutationError { message }
  }
}`;

const LOOK = `query LookAtNotices($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Notification { id status } }
}`;

const WITHDRAW = `mutation WithdrawNotice($input: CancelNotificationInput!) {
  cancelNotification(input: $input) { __typename }
}`;

const ENDPOINTS = `query EndpointsOfApprover {
  webhookEndpoints(disabled: false, first: 100) { nodes { url } }
}`;

interface Answer {
  readonly __typename: string;
  readonly created?: boolean;
  readonly notification?: { readonly id: string; readonly status: string };
  readonly id?: string;
  readonly message?: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
}

export type Sent =
  /** `created`: by this call, not by an earlier one with the same key. */
  | { readonly kind: 'taken'; readonly id: string; readonly status: NoticeStatus; readonly created: boolean }
  /** Nothing was sent, and nothing will be. */
  | { readonly kind: 'ended'; readonly status: 'UNWANTED' | 'REFUSED'; readonly problem: string }
  /** Nothing was sent yet. */
  | { readonly kind: 'later'; readonly problem: string };

/** The notification service, wherever it runs. All of it throws `ServiceAwayError`. */
export class NoticeCalls {
  constructor(private readonly services: Services) {}

  /** The same key never sends twice. */
  async send(input: Readonly<Record<string, unknown>>, idempotencyKey: string): Promise<Sent> {
    try {
      const variables = { input: { ...input, idempotencyKey } };
      return toSent((await this.ask<{ sendNotification: Answer }>(VIEWER, SEND, variables)).sendNotification);
    } catch (error) {
      if (error instanceof ServiceRefusedError) return { kind: 'ended', status: 'REFUSED', problem: error.message };
      throw error;
    }
  }

  /** How far notifications are; those that are gone are left out. */
  async look(ids: readonly string[]): Promise<ReadonlyMap<string, NoticeStatus>> {
    const representations = ids.map((id) => ({ __typename: 'Notification', id }));
    const { _entities: found } = await this.ask<{ _entities: readonly ({ id: string; status: string } | null)[] }>(
      serviceViewer('workflow', ['notification:read']),
      LOOK,
      { representations },
    );
    return new Map(found.flatMap((each) => (each ? [[each.id, toStatus(each.status)] as const] : [])));
  }

  /** False when it is not to be stopped any more, as it is being sent, or has ended. */
  async withdraw(id: string): Promise<boolean> {
    const { cancelNotification: answer } = await this.ask<{ cancelNotification: { __typename: string } }>(
      VIEWER,
      WITHDRAW,
      { input: { id } },
    );
    return answer.__typename === 'CancelNotificationSuccess';
  }

  /** Whether this person has made an endpoint of this address, and uses it. */
  async hasEndpoint(userId: string, url: string): Promise<boolean> {
    const viewer = { ...serviceViewer('workflow', ['notification:read']), userId };
    const { webhookEndpoints } = await this.ask<{ webhookEndpoints: { nodes: readonly { url: string }[] } }>(
      viewer,
      ENDPOINTS,
      {},
    );
    return webhookEndpoints.nodes.some((endpoint) => inOneForm(endpoint.url) === inOneForm(url));
  }

  private ask<T>(viewer: SignedInViewer, query: string, variables: Record<string, unknown>): Promise<T> {
    const service = this.services.get('notification');
    // In this process it may not have been opened yet.
    if (!service) throw new ServiceAwayError('notification', false);
    return service.ask<T>({ query, variables }, { viewer, requestId: newId() });
  }
}

function toSent({ __typename, notification, created, id, message, fields }: Answer): Sent {
  if (notification) {
    return { kind: 'taken', id: notification.id, status: toStatus(notification.status), created: created === true };
  }
  switch (__typename) {
    case 'IdempotencyConflictError':
      // An earlier call with the same key came before the deadline was moved.
      return { kind: 'taken', id: String(id), status: 'ACCEPTED', created: false };
    case 'NotificationChannelUnavailableError':
      return { kind: 'later', problem: String(message) };
    case 'NotificationRecipientDisabledError':
      // Its message names the address.
      return { kind: 'ended', status: 'REFUSED', problem: 'Nothing is sent any more to where it would go.' };
    case 'NotificationUnwantedError':
      return { kind: 'ended', status: 'UNWANTED', problem: String(message) };
    default: {
      const problem = (fields ?? []).map(({ path, message: why }) => `${path}: ${why}`).join('; ');
      return { kind: 'ended', status: 'REFUSED', problem: problem || String(message) };
    }
  }
}

const ENDED: ReadonlySet<string> = new Set(['SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'EXPIRED']);

const toStatus = (status: string): NoticeStatus => (ENDED.has(status) ? (status as NoticeStatus) : 'ACCEPTED');

const inOneForm = (url: string): string => (URL.canParse(url) ? new URL(url).href : url);
