import type { ChannelAdapter } from '../../adapters/channel-adapter.ts';
import type { InboxStore } from './inbox-store.ts';

/** Delivers into the product itself: what is stored has arrived. */
export function createInboxAdapter(store: InboxStore, published: () => void): ChannelAdapter {
  return {
    channel: 'IN_APP',
    provider: 'INBOX',
    async send({ notificationId }) {
      const added = await store.add(notificationId);
      if (added) published();
      return { providerMessageId: null, delivered: true, response: added ? 'added' : 'was there already' };
    },
  };
}
