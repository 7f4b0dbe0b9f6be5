import { serviceViewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import type { Services } from '@flowmesh/platform/services';
import type { ClaimedMail } from './outgoing-mails.ts';

/** `no channel`: nothing is configured that sends e-mail. */
export type Carried = 'taken' | 'no channel';

/** Hands mails to the service that sends them. */
export interface MailCarrier {
  /**
   * Idempotent: the same mail is not sent twice. Rejects with `ServiceAwayError` if it is unknown whether the mail was
   * accepted, and with `MailRefused` if it never will be.
   */
  carry(mail: ClaimedMail): Promise<Carried>;
}

/** Retrying is useless. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** Tokens in mails are valid for at most a day. */
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
 * The notification service, wherever it runs: it sends e-mail through the channel that administrators have configured,
 * retries, and shows the status. Mails are CRITICAL and confidential there: opt-outs do not apply, and nobody can read
 * their tokens. They are addressed to no user; otherwise a user's list of notifications would reveal whether an address
 * that the user entered has an account.
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
      // Also after a conflict: a mail with this id was accepted before.
      if (TAKEN.has(answer.__typename)) return 'taken';
      if (answer.__typename === 'NotificationChannelUnavailableError') return 'no channel';
      const fields = answer.fields?.map(({ path, message }) => `${path} ${message}`).join('; ');
      throw new MailRefused(`${answer.__typename}: ${fields || answer.message}`);
    },
  };
}
