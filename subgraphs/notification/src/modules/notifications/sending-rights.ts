import { hasScope, isServiceId, type Viewer } from '@flowmesh/platform/access';
import { emailAddress, type InvalidField } from '@flowmesh/platform/validation';
import type { Channel } from '../../channels/channel-adapter.ts';
import type { AccountLoader, Accounts } from './accounts.ts';
import { signedIn } from './notification-access.ts';

/** What a sender wants, as far as it takes rights. */
export interface Wish {
  readonly channel: Channel;
  readonly userId: string;
  readonly recipient: string | null;
  /** Of the sender's own, not a template's. */
  readonly htmlContent: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Whom it goes to, with the address of the account filled in; or what the sender has no right to. */
export interface Granted {
  readonly recipient: string | null;
  readonly problems: readonly InvalidField[];
}

export interface Grant {
  (wish: Wish): Promise<Granted>;
  /** Asks for all these users at once; otherwise each is asked for when their turn comes. */
  preload(userIds: readonly string[]): Promise<void>;
}

/** Whether a user has an endpoint of this address, with a secret of its own. */
export interface KnownEndpoints {
  has(userId: string, url: string): Promise<boolean>;
}

const NO_USER = 'there is no such user';
const ANYWHERE = 'notification:send-anywhere';

/** Whether the viewer may name any recipient; services of the product may. */
export const sendsAnywhere = (viewer: Viewer): boolean =>
  isServiceId(signedIn(viewer).userId) || hasScope(viewer, ANYWHERE);

/**
 * Whoever may send to others learns who exists; the sender does, and services of the product name those whom they know.
 */
function mustExist(viewer: Viewer, userId: string): boolean {
  const { userId: senderId } = signedIn(viewer);
  return userId !== senderId && !isServiceId(senderId) && hasScope(viewer, 'notification:send-any');
}

/**
 * Whom a sender reaches. Anybody reaches users at what the product knows of them: the address of the account, endpoints
 * that they have registered, the inbox, and what the operator has set up. Everything else, and HTML of one's own, would
 * make the product a relay for strangers' mail, and needs a permission.
 */
export class SendingRights {
  constructor(
    private readonly accounts: Accounts,
    private readonly endpoints: KnownEndpoints,
  ) {}

  /** For one call: each account is asked for once. */
  of(viewer: Viewer, requestId: string): Grant {
    const accounts = this.accounts.loader(requestId);
    const anywhere = sendsAnywhere(viewer);
    const isToExist = (userId: string) => mustExist(viewer, userId);
    const grant = async (wish: Wish): Promise<Granted> => {
      if (isToExist(wish.userId) && !(await accounts.load(wish.userId)).exists) {
        return refused('userId', NO_USER);
      }
      const whom = await this.recipientOf(viewer, wish, anywhere, accounts);
      const problems = [
        ...whom.problems,
        ...(wish.htmlContent !== null && !anywhere
          ? [{ path: 'htmlContent', message: `needs the permission ${ANYWHERE}: use a template` }]
          : []),
      ];
      return { ...whom, problems };
    };
    const preload = async (userIds: readonly string[]) => {
      // Whoever cannot be asked for is told of by the wish itself.
      await accounts.loadMany([...new Set(userIds)].filter(isToExist));
    };
    return Object.assign(grant, { preload });
  }

  private async recipientOf(viewer: Viewer, wish: Wish, anywhere: boolean, accounts: AccountLoader): Promise<Granted> {
    const { channel, userId, recipient } = wish;
    if (channel === 'IN_APP') return granted(recipient);
    if (channel === 'EMAIL') {
      if (recipient !== null && anywhere) return granted(recipient);
      return accountRecipient(viewer, wish, (await accounts.load(userId)).address);
    }
    if (channel === 'WEBHOOK') return this.webhookRecipient(wish, anywhere);
    const isFree = channel === 'SMS' || (recipient !== null && /^https?:/i.test(recipient));
    return isFree && !anywhere ? refused('recipient', `needs the permission ${ANYWHERE}`) : granted(recipient);
  }

  private async webhookRecipient(wish: Wish, anywhere: boolean): Promise<Granted> {
    const { recipient, userId, metadata } = wish;
    if (recipient === null || (await this.endpoints.has(userId, recipient))) return granted(recipient);
    if (!anywhere) {
      return refused(
        'recipient',
        `must be an endpoint of the user, made with createWebhookEndpoint: others need the permission ${ANYWHERE}`,
      );
    }
    // The product's own secret says only what the product itself says.
    return metadata['webhook'] == null
      ? granted(recipient)
      : refused('metadata.webhook', 'is for endpoints with a secret of their own: make one with createWebhookEndpoint');
  }
}

/** The address of the account; whoever may not see it must not learn it by sending to it. */
function accountRecipient(viewer: Viewer, { userId, recipient }: Wish, address: string | null): Granted {
  const isOwn = signedIn(viewer).userId === userId;
  const maySee = isOwn || hasScope(viewer, 'user:read-any');
  if (!maySee)
    return refused('recipient', 'must be given: the address of another user needs the permission user:read-any');
  // The product keeps addresses of accounts in lower case.
  if (recipient !== null && emailAddress(recipient)?.toLowerCase() !== address) {
    const whose = isOwn ? 'your account' : 'the user’s account';
    return refused(
      'recipient',
      `must be left out, or be the address of ${whose}: others need the permission ${ANYWHERE}`,
    );
  }
  if (address === null) return refused('recipient', 'must be given: the account has no address');
  return granted(address);
}

const granted = (recipient: string | null): Granted => ({ recipient, problems: [] });
const refused = (path: string, message: string): Granted => ({ recipient: null, problems: [{ path, message }] });
