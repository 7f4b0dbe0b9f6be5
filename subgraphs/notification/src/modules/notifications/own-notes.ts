import { NO_CLIENT, serviceViewer } from '@flowmesh/platform/access';
import { isRefusal, type Acceptance } from './acceptance.ts';
import { sendShape } from './notification-input.ts';

/** What the product itself tells a user, in their inbox. */
export interface OwnNote {
  readonly userId: string;
  readonly subject: string;
  readonly content: string;
  /** What preferences go by. */
  readonly category: string;
  readonly metadata: Record<string, unknown>;
  /** Told once for each. */
  readonly idempotencyKey: string;
}

/** The user does not want it, or has been told already, perhaps in other words. */
const HARMLESS: ReadonlySet<string> = new Set(['NotificationUnwantedError', 'IdempotencyConflictError']);

/** Tells it; what was in the way, if that is to be looked into, otherwise null. */
export async function tellOwnNote(acceptance: Acceptance, requestId: string, note: OwnNote): Promise<unknown> {
  const viewer = serviceViewer('notification', ['notification:send', 'notification:send-any']);
  const accept = await acceptance.acceptorFor({ viewer, requestId, client: NO_CLIENT }, 'IN_APP');
  const [outcome] = await accept([sendShape.parse({ ...note, channel: 'IN_APP', priority: 'HIGH' })]);
  return outcome && isRefusal(outcome) && !HARMLESS.has(outcome.__typename) ? outcome : null;
}
