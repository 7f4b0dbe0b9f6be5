import { signedIn, type Viewer } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import type { AddressRules } from '@flowmesh/platform/http';
import type { Logger } from '@flowmesh/platform/logging';
import { checkUrlRecipient } from '../../adapters/recipients.ts';
import { targetSecrets } from '../../adapters/webhook/webhook.ts';
import type { ChannelStore } from './channel-store.ts';

/** Secrets of receivers that are nobody's endpoint. */
export class WebhookTargetService {
  constructor(
    private readonly store: ChannelStore,
    private readonly rules: AddressRules,
    private readonly logger: Logger,
  ) {}

  /** The one that signs now what is sent to this address; null when nothing sends webhooks. Throws `badInput`. */
  async secretOf(viewer: Viewer, url: string): Promise<string | null> {
    const checked = checkUrlRecipient(url, this.rules);
    if ('problem' in checked) throw badInput('url', checked.problem);
    const provider = (await this.store.all()).find(({ channel, isActive }) => channel === 'WEBHOOK' && isActive);
    if (!provider) return null;
    const [secret = null] = targetSecrets(provider.settings ?? {}, checked.recipient);
    this.logger.info({ userId: signedIn(viewer).userId, url: checked.recipient }, 'secret of a webhook target shown');
    return secret;
  }
}
