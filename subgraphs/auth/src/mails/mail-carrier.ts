import { serviceViewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import type { Services } from '@flowmesh/platform/services';
import type { ClaimedMail } from './outgoing-mails.ts';

/** `no channel`: nothing is configured that sends e-mail. */
export type Carried = 'taken' | 'no channel';

/** Hands mails to whoever sends them. */
export interface MailCarrier {
  /**
   * The same mail again is not sent twice. Rejects when it was not taken: with `ServiceAwayError` when that is not known,
   * with `MailRefused` when it never will be.
   */
  carry(mail: ClaimedMail): Promise<Carried>;
}

/** Trying again is of no use. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** Tokens in mails are good for a day at most. */
const EXPIRES_AFTER_MS = 86_400_000;

const TAKEN: ReadonlySet<string> = new Set(['SendNotificationSuccess', 'IdempotencyConflictError']);

const SEND = `mutation SendAccountMail($input: SendNotificationInput!) {
  sendNotification(input: $input) {
    __typename
    ... on MutationError { message }
    ... on InvalidInputError { fields { path message } }
  }
}`;

interface Answer {
  readonly __typename: string;
  readonly message?: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
}

/**
 * The notification service, wherever it runs: it sends e-mail the way administrators have configured it, tries again,
 * and shows what became of it. Mails are CRITICAL and confidential there: nobody can have unsubscribed from them, and
 * nobody reads their tokens. They are addressed to no user, or a list of one's notifications would tell whether a
 * mail went to an address one has named.
 */
export function createMailCarrier(services: Services): MailCarrier {
  const viewer = serviceViewer('auth', ['notification:send']);
  return {
    async carry({ id, mail, createdAt }) {
      const service = services.get('notification');
      if (!service) return 'no channel';
      const input = {
        channel: 'EMAIL',
        recipient: mail.to,
        subject: mail.subject,
        content: mail.text,
        htmlContent: mail.html,
        category: 'account',
        priority: 'CRITICAL',
        confidential: true,
        allowTracking: false,
        expiresAt: new Date(createdAt.getTime() + EXPIRES_AFTER_MS).toISOString(),
        idempotencyKey: id,
      };
      const request = { query: SEND, variables: { input } };
      const { sendNotification: answer } = await service.ask<{ sendNotification: Answer }>(request, {
        viewer,
        requestId: newId(),
      });
      // Of a conflict too: whatever it says now, the mail of this id was taken.
      if (TAKEN.has(answer.__typename)) return 'taken';
      if (answer.__typename === 'NotificationChannelUnavailableError') return 'no channel';
      const fields = answer.fields?.map(({ path, message }) => `${path} ${message}`).join('; ');
      throw new MailRefused(`${answer.__typename}: ${fields || answer.message}`);
    },
  };
}
