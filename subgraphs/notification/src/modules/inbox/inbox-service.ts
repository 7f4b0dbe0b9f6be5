import { signedIn, type Viewer } from '@flowmesh/platform/access';
import { listOf, type Connection, type PageArguments } from '@flowmesh/platform/connections';
import { id, name, notFound, parseArgument, parseInput } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { InboxFilter, InboxItem } from './inbox-record.ts';
import type { InboxChange, InboxStore } from './inbox-store.ts';

const MAX_IDS = 100;
/** The newest first. */
const INBOX = listOf({
  name: 'inbox',
  orders: { CREATED_AT: { field: 'createdAt', type: 'date' } },
  orderBy: { field: 'CREATED_AT', direction: 'DESC' },
});

const idsShape = z.object({
  ids: z.array(id()).min(1, 'must be at least one').max(MAX_IDS, `must be at most ${MAX_IDS}`),
});
const categoryShape = z.object({ category: name({ min: 1, max: 100 }).nullish() });

interface InboxParts {
  readonly store: InboxStore;
  /** Called after each commit that appended events. */
  readonly published: () => void;
}

/** Everybody's own inbox: there is no permission to see that of another. */
export class InboxService {
  constructor(private readonly parts: InboxParts) {}

  /** In the order of the ids; null for what is not in the viewer's inbox. */
  async visible(viewer: Viewer, ids: readonly string[]): Promise<(InboxItem | null)[]> {
    const { userId } = signedIn(viewer);
    const found = new Map((await this.parts.store.findMany(ids)).map((item) => [item.id, item]));
    return ids.map((itemId) => {
      const item = found.get(itemId);
      return item?.userId === userId ? item : null;
    });
  }

  list(viewer: Viewer, filter: InboxFilter, args: PageArguments): Promise<Connection<InboxItem>> {
    const { userId } = signedIn(viewer);
    parseArgument('filter', categoryShape, filter);
    return INBOX.page(args, { userId, filter }, this.parts.store.list);
  }

  unreadCount(viewer: Viewer, category: string | null): Promise<number> {
    parseArgument('category', categoryShape.shape.category, category);
    return this.parts.store.list.count({ userId: signedIn(viewer).userId, filter: { unread: true, category } });
  }

  /** All of them or none. */
  async change(viewer: Viewer, ids: readonly string[], change: InboxChange) {
    const { userId } = signedIn(viewer);
    const parsed = parseInput(idsShape, { ids });
    if (!parsed.ok) return parsed.error;
    const items = await this.parts.store.change(userId, parsed.data.ids, change);
    if (!items) return notFound('One of these is not in your inbox.');
    this.parts.published();
    return { items };
  }

  async readAll(viewer: Viewer, input: { readonly category?: string | null; readonly until?: Date | null }) {
    const { userId } = signedIn(viewer);
    const parsed = parseInput(categoryShape, input);
    if (!parsed.ok) return parsed.error;
    const changed = await this.parts.store.readAll(userId, parsed.data.category ?? null, input.until ?? null);
    if (changed > 0) this.parts.published();
    return { __typename: 'MarkAllNotificationsReadSuccess' as const, changed };
  }
}
