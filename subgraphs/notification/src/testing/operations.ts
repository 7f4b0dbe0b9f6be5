import type { Viewer } from '@flowmesh/platform/access';
import type { NotificationProcess } from './notification-under-test.ts';

export interface ShownDelivery {
  readonly attempt: number;
  readonly position: number;
  readonly provider: string | null;
  readonly status: string;
  readonly error: { readonly code: string; readonly message: string; readonly retryable: boolean } | null;
  readonly retryCount: number;
  readonly response: string | null;
}

export interface ShownNotification {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly retryCount: number;
  readonly recipient: string;
  readonly nextAttemptAt: Date | null;
  readonly sentAt: Date | null;
  readonly deliveredAt: Date | null;
  readonly completedAt: Date | null;
  readonly error: { readonly code: string; readonly message: string; readonly retryable: boolean } | null;
  readonly deliveries: readonly ShownDelivery[];
}

export interface Result {
  readonly __typename: string;
  readonly notification?: ShownNotification;
  readonly created?: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
}

const SHOWN = `{
  id status attempts retryCount recipient nextAttemptAt sentAt deliveredAt completedAt
  error { code message retryable }
  deliveries { attempt position provider status error { code message retryable } retryCount response }
}`;
const FIELDS = '... on InvalidInputError { fields { path message } }';

/** What a mutation gives: of its success the selection, of its failures what is wrong. */
export const mutate = (
  process: NotificationProcess,
  viewer: Viewer,
  name: string,
  input: object,
  selection: string,
  further = FIELDS,
): Promise<Result> =>
  process.mutate<Result>(
    viewer,
    name,
    input,
    `... on ${name[0]?.toUpperCase()}${name.slice(1)}Success { ${selection} } ${further}`,
  );

/** A message to a webhook unless the input says otherwise. */
export const send = (process: NotificationProcess, viewer: Viewer, input: object = {}): Promise<Result> =>
  mutate(
    process,
    viewer,
    'sendNotification',
    { channel: 'WEBHOOK', content: 'Hello', ...input },
    `notification ${SHOWN} created`,
  );

/** The id of one that must be accepted. */
export async function sent(process: NotificationProcess, viewer: Viewer, input: object = {}): Promise<string> {
  const result = await send(process, viewer, input);
  if (!result.notification) throw new Error(JSON.stringify(result));
  return result.notification.id;
}

export async function look(
  process: NotificationProcess,
  viewer: Viewer,
  id: string,
): Promise<ShownNotification | null> {
  const query = `query Look($id: ID!) { notification(id: $id) ${SHOWN} }`;
  return (await process.ask<{ notification: ShownNotification | null }>(viewer, query, { id })).notification;
}
