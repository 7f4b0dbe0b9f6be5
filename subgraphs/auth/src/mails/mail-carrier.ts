import { serviceViewer } from '@flowmesh/platform/access';
import type { SubgraphSources } from '@flowmesh/platform/federation';
import { newId } from '@flowmesh/platform/ids';
import type { ClaimedMail } from './outgoing-mails.ts';

/** `no channel`: nothing is configured that sends e-mail. */
export type Carried = 'taken' | 'no channel';

/** Hands mails to whoever sends them. */
export interface MailCarrier {
  /** The same mail again is not sent twice. Rejects when it was not taken; with `MailRefused` when it never will be. */
  carry(mail: ClaimedMail): Promise<Carried>;
}

/** Trying again is of no use. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

const DEADLINE_MS = 15_000;
/** Tokens in mails are good for a day at most. */
const EXPIRES_AFTER_MS = 86_400_000;

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
export function createMailCarrier(subgraphs: SubgraphSources): MailCarrier {
  const viewer = serviceViewer('auth', ['notification:send']);
  return {
    async carry({ id, mail, createdAt }) {
      const source = subgraphs.get('notification');
      if (!source) return 'no channel';
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
      const call = { viewer, requestId: newId(), signal: AbortSignal.timeout(DEADLINE_MS) };
      const { data, errors } = await source.execute({ query: SEND, variables: { input } }, call);
      if (errors) throw new Error(`The notification service answers: ${errors[0]?.message}`);
      const answer = (data as { sendNotification: Answer }).sendNotification;
      if (answer.__typename === 'SendNotificationSuccess') return 'taken';
      if (answer.__typename === 'NotificationChannelUnavailableError') return 'no channel';
      const fields = answer.fields?.map(({ path, message }) => `${path} ${message}`).join('; ');
      throw new MailRefused(`${answer.__typename}: ${fields || answer.message}`);
    },
  };
}
