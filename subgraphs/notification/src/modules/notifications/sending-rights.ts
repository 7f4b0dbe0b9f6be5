import { hasScope, isServiceId, signedIn, type Viewer } from '@flowmesh/platform/access';
import { emailAddress, type InvalidField } from '@flowmesh/platform/validation';
import type { Channel } from '../../adapters/channel-adapter.ts';
import type { AccountLoader, Accounts } from './accounts.ts';

/** What a sender wants, as far as it takes rights. */
export interface Wish {
  readonly channel: Channel;
  /** Null: nobody was named, so it is for the sender. */
  readonly userId: string | null;
  readonly recipient: string | null;
  /** Of the sender's own, not a template's. */
  readonly htmlContent: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Whom it goes to, with the address of the account filled in; or what the sender has no right to. */
export interface Granted {
  readonly recipient: string | null;
  /** Whose wishes it goes by: the user it is for; null for an address that is not known as theirs when nobody was named. */
  readonly wishesOf: string | null;
  readonly problems: readonly InvalidField[];
}

type Whom = Omit<Granted, 'wishesOf'>;
type Addressed = Wish & { readonly userId: string };

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
    const grant = async ({ userId: named, ...rest }: Wish): Promise<Granted> => {
      const wish = { ...rest, userId: named ?? signedIn(viewer).userId };
      if (isToExist(wish.userId) && !(await accounts.load(wish.userId)).exists) {
        return { ...refused('userId', NO_USER), wishesOf: named };
      }
      const whom = await this.recipientOf(viewer, wish, anywhere, accounts);
      const isTheirs = named !== null || (await this.isTheirs(wish, accounts));
      const problems = [
        ...whom.problems,
        ...(wish.htmlContent !== null && !anywhere
          ? [{ path: 'htmlContent', message: `needs the permission ${ANYWHERE}: use a template` }]
          : []),
      ];
      return { ...whom, problems, wishesOf: isTheirs ? wish.userId : null };
    };
    const preload = async (userIds: readonly string[]) => {
      // Whoever cannot be asked for is told of by the wish itself.
      await accounts.loadMany([...new Set(userIds)].filter(isToExist));
    };
    return Object.assign(grant, { preload });
  }

  /** Whether the recipient is one that takes no permission: what the product knows of the user. */
  private async isTheirs({ channel, userId, recipient }: Addressed, accounts: AccountLoader): Promise<boolean> {
    if (recipient === null) return true;
    if (channel === 'EMAIL') return isAddress(recipient, (await accounts.load(userId)).address);
    if (channel === 'WEBHOOK' && isUrl(recipient)) return this.endpoints.has(userId, recipient);
    return !isFree(channel, recipient);
  }

  private async recipientOf(
    viewer: Viewer,
    wish: Addressed,
    anywhere: boolean,
    accounts: AccountLoader,
  ): Promise<Whom> {
    const { channel, userId, recipient } = wish;
    if (channel === 'IN_APP') return granted(recipient);
    if (channel === 'EMAIL') {
      if (recipient !== null && anywhere) return granted(recipient);
      return accountRecipient(viewer, wish, (await accounts.load(userId)).address);
    }
    if (channel === 'WEBHOOK') return this.webhookRecipient(wish, anywhere);
    return isFree(channel, recipient) && !anywhere
      ? refused('recipient', `needs the permission ${ANYWHERE}`)
      : granted(recipient);
  }

  private async webhookRecipient(wish: Addressed, anywhere: boolean): Promise<Whom> {
    const { recipient, userId, metadata } = wish;
    if (recipient === null || (await this.endpoints.has(userId, recipient))) return granted(recipient);
    // A name that is set up: anything else is refused as no recipient of the channel.
    if (!isUrl(recipient) && metadata['webhook'] == null) return granted(recipient);
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
function accountRecipient(viewer: Viewer, { userId, recipient }: Addressed, address: string | null): Whom {
  const isOwn = signedIn(viewer).userId === userId;
  const maySee = isOwn || hasScope(viewer, 'user:read-any');
  if (!maySee)
    return refused('recipient', 'must be given: the address of another user needs the permission user:read-any');
  if (recipient !== null && !isAddress(recipient, address)) {
    const whose = isOwn ? 'your account' : 'the user’s account';
    return refused(
      'recipient',
      `must be left out, or be the address of ${whose}: others need the permission ${ANYWHERE}`,
    );
  }
  if (address === null) return refused('recipient', 'must be given: the account has no address');
  return granted(address);
}

/** The product keeps addresses of accounts in lower case. */
const isAddress = (recipient: string, address: string | null) => emailAddress(recipient)?.toLowerCase() === address;

const isUrl = (recipient: string) => /^https?:/i.test(recipient);

/** A number, or an address for Slack: what no operator has set up. */
const isFree = (channel: Channel, recipient: string | null) =>
  channel === 'SMS' || (recipient !== null && isUrl(recipient));

const granted = (recipient: string | null): Whom => ({ recipient, problems: [] });
const refused = (path: string, message: string): Whom => ({ recipient: null, problems: [{ path, message }] });
