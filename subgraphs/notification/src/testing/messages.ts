import { newId } from '@flowmesh/platform/ids';
import { DeliveryFailure, type OutgoingMessage, type SendResult } from '../adapters/channel-adapter.ts';

/** A message as the delivery engine hands it to an adapter. */
export function outgoing(message: Partial<OutgoingMessage> & Pick<OutgoingMessage, 'channel'>): OutgoingMessage {
  return {
    notificationId: newId(),
    attempt: 1,
    userId: 'user-1',
    recipient: '',
    subject: null,
    text: 'The build is green.',
    html: null,
    attachments: [],
    metadata: {},
    createdAt: new Date('2026-05-04T03:02:01Z'),
    ...message,
  };
}

/** What an attempt came to: the result, or what the failure says to the engine. */
export async function outcomeOf(attempt: Promise<SendResult>) {
  try {
    return await attempt;
  } catch (error) {
    if (!(error instanceof DeliveryFailure)) throw error;
    const { code, retryable, retryAfterMs, disablesRecipient, blame } = error;
    return {
      code,
      retryable,
      blame,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(disablesRecipient ? { disablesRecipient } : {}),
    };
  }
}
