import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { createInboxAdapter } from './inbox-adapter.ts';
import { InboxService } from './inbox-service.ts';
import { InboxStore } from './inbox-store.ts';

/** What users find in the product itself, and the adapter that puts it there. */
export function createInbox({ pool, published }: OpenDomain) {
  const store = new InboxStore(pool);
  return { inbox: new InboxService({ store, published }), inboxAdapter: createInboxAdapter(store, published) };
}
