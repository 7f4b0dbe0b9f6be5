import type { Viewer } from '@flowmesh/platform/access';
import { decodeCursor, pageSize, toConnection } from '@flowmesh/platform/connections';
import type { Connection, PageArguments } from '@flowmesh/platform/connections';
import { badInput } from '@flowmesh/platform/errors';
import { id, invalidFields, invalidInput, name, notFound } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { signedIn } from '../notifications/notification-access.ts';
import type { InboxFilter, InboxItem } from './inbox-record.ts';
import type { InboxChange, InboxOrder, InboxStore } from './inbox-store.ts';

const MAX_IDS = 100;
const ORDER: InboxOrder = { list: 'inbox', field: 'createdAt', direction: 'DESC', type: 'date' };

const idsShape = z.object({
  ids: z.array(id()).min(1, 'must be at least one').max(MAX_IDS, `must be at most ${MAX_IDS}`),
});
const categoryShape = z.object({ category: name({ min: 1, max: 100 }).nullish() });

export interface InboxPage extends Connection<InboxItem> {
  /** Of the whole inbox, whatever the filter. */
  unreadCount(): Promise<number>;
}

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

  /** The newest first. */
  async list(viewer: Viewer, filter: InboxFilter, args: PageArguments): Promise<InboxPage> {
    const { userId } = signedIn(viewer);
    checkCategory(filter.category, 'filter.category');
    const cursor = args.after == null ? null : decodeCursor(args.after, ORDER);
    const rows = await this.parts.store.page(userId, filter, cursor, ORDER, pageSize(args) + 1);
    const page = toConnection(rows, args, ORDER, () => this.parts.store.count(userId, filter));
    return { ...page, unreadCount: () => this.unreadCount(viewer, null) };
  }

  unreadCount(viewer: Viewer, category: string | null): Promise<number> {
    checkCategory(category, 'category');
    return this.parts.store.count(signedIn(viewer).userId, { unread: true, category });
  }

  /** All of them or none. */
  async change(viewer: Viewer, ids: readonly string[], change: InboxChange) {
    const { userId } = signedIn(viewer);
    const shape = idsShape.safeParse({ ids });
    if (!shape.success) return invalidInput(invalidFields(shape.error));
    const items = await this.parts.store.change(userId, shape.data.ids, change);
    if (!items) return notFound('One of these is not in your inbox.');
    this.parts.published();
    return { items };
  }

  async readAll(viewer: Viewer, input: { readonly category?: string | null; readonly until?: Date | null }) {
    const { userId } = signedIn(viewer);
    const shape = categoryShape.safeParse(input);
    if (!shape.success) return invalidInput(invalidFields(shape.error));
    const changed = await this.parts.store.readAll(userId, shape.data.category ?? null, input.until ?? null);
    if (changed > 0) this.parts.published();
    return { __typename: 'MarkAllNotificationsReadSuccess' as const, changed };
  }
}

function checkCategory(category: string | null | undefined, argument: string): void {
  const { error } = categoryShape.safeParse({ category });
  if (error) throw badInput(argument, error.issues[0]?.message ?? 'cannot be one');
}
