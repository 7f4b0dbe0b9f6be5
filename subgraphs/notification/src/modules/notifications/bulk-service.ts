import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { signedIn, type Caller, type Viewer } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import { liveStream, type EventBus } from '@flowmesh/platform/events';
import { isAnotherRequest, requestDigest } from '@flowmesh/platform/idempotency';
import { newId } from '@flowmesh/platform/ids';
import {
  idempotencyConflict,
  invalidInput,
  parseInput,
  problemsOf,
  type InvalidField,
} from '@flowmesh/platform/validation';
import { isRefusal, type Acceptance, type Acceptation } from './acceptance.ts';
import type { BulkStore } from './bulk-store.ts';
import { visibleUser } from './notification-access.ts';
import type { NotificationEventPayload } from './notification-events.ts';
import {
  bulkShape,
  sendShape,
  type BulkRecipient,
  type SendBulkNotificationsInput,
  type SendValues,
} from './notification-input.ts';
import { filled } from './notification-preparation.ts';
import type { NotificationStatus } from './notification-record.ts';
import type { NotificationStore } from './notification-store.ts';

/** Stored in one transaction; others have their turn between two of them. */
const CHUNK = 250;
/** Of all texts together: each recipient has a copy. */
const MAX_CHARACTERS = 50_000_000;
/** A subscriber is told of progress at most this often. */
const PROGRESS_EVERY_MS = 500;
/** Should the signal of a change be lost. */
const LOOK_AGAIN_MS = 5_000;

/** What became of one recipient, in the order they were given. */
export interface BulkResult {
  readonly index: number;
  readonly notificationId: string | null;
  readonly created: boolean;
  readonly error: { readonly code: string; readonly message: string; readonly fields: InvalidField[] } | null;
}

/** How far the notifications of one call have come. */
export interface BulkRecord {
  readonly id: string;
  readonly total: number;
  readonly counts: { readonly status: NotificationStatus; readonly count: number }[];
  readonly isFinished: boolean;
}

export interface BulkServiceParts {
  readonly store: NotificationStore;
  readonly bulks: BulkStore;
  readonly acceptance: Acceptance;
  readonly bus: EventBus;
}

const WAITING: ReadonlySet<NotificationStatus> = new Set(['PENDING', 'SCHEDULED', 'QUEUED', 'SENDING']);

/** One message to many recipients. */
export class BulkService {
  constructor(private readonly parts: BulkServiceParts) {}

  /** Each recipient is accepted or refused by itself. With a key, a call that broke off is repeated without repeats. */
  async accept(caller: Caller, input: SendBulkNotificationsInput) {
    const { recipients, idempotencyKey, ...message } = input;
    const bulk = parseInput(bulkShape, { recipients, idempotencyKey });
    const base = parseInput(sendShape, message);
    if (!bulk.ok || !base.ok) return invalidInput([...problemsOf(bulk), ...problemsOf(base)]);
    const size = (base.data.content?.length ?? 0) + (base.data.htmlContent?.length ?? 0);
    if (size * bulk.data.recipients.length > MAX_CHARACTERS) {
      const message = `must be fewer: the texts of all together may have ${MAX_CHARACTERS.toLocaleString('en')} characters`;
      return invalidInput([{ path: 'recipients', message }]);
    }
    const bulkId = bulkIdOf(signedIn(caller.viewer).userId, bulk.data.idempotencyKey ?? null);
    const digest = bulk.data.idempotencyKey == null ? null : digestOf(base.data, bulk.data.recipients);
    if (digest !== null && isAnotherRequest(await this.parts.bulks.digestOf(bulkId), digest)) {
      return idempotencyConflict(bulkId);
    }
    const values = bulk.data.recipients.map((recipient, index) => ({
      ...base.data,
      ...recipient,
      metadata: { ...base.data.metadata, ...recipient.metadata },
      idempotencyKey: bulk.data.idempotencyKey == null ? null : `${bulkId}:${index}`,
    }));
    const accept = await this.parts.acceptance.acceptorFor(caller, base.data.channel);
    const results: BulkResult[] = [];
    for (let start = 0; start < values.length; start += CHUNK) {
      const outcomes = await accept(values.slice(start, start + CHUNK), bulkId);
      results.push(...outcomes.map((outcome, place) => toResult(outcome, start + place)));
      // A key under which nobody was accepted has begun nothing.
      const hasBegun = start === 0 && results.some(({ notificationId }) => notificationId !== null);
      if (digest !== null && hasBegun) await this.parts.bulks.add(bulkId, digest);
    }
    const accepted = results.filter(({ notificationId }) => notificationId !== null).length;
    return {
      __typename: 'SendBulkNotificationsSuccess' as const,
      bulk: await this.read(bulkId, null),
      accepted,
      refused: results.length - accepted,
      results,
    };
  }

  /** Null when there is none, or none that the viewer may see. */
  find(viewer: Viewer, id: string): Promise<BulkRecord | null> {
    return this.read(id, visibleUser(viewer));
  }

  /**
   * Its progress, from now to the moment when nothing of it waits any more. Throws BAD_USER_INPUT when there is none,
   * or none that the viewer may see.
   */
  async updates(
    viewer: Viewer,
    id: string,
    outer: AbortSignal | undefined,
  ): Promise<AsyncIterableIterator<BulkRecord>> {
    const { bus } = this.parts;
    const look = () => this.find(viewer, id);
    if (!(await look())) throw badInput('id', 'There is no such bulk, or you may not see it.');
    return liveStream(outer, async function* (signal) {
      let wake: (() => void) | undefined;
      let changed = false;
      const ignore = bus.listen(({ domain, payload }) => {
        if (domain !== 'notification' || (payload as Partial<NotificationEventPayload>).bulkId !== id) return;
        changed = true;
        wake?.();
      });
      const abort = () => wake?.();
      signal.addEventListener('abort', abort, { once: true });
      try {
        for (let shown = ''; !signal.aborted;) {
          const bulk = await look();
          // It has been removed, or taken from the viewer.
          if (!bulk) return;
          const now = JSON.stringify(bulk.counts);
          if (now !== shown) yield bulk;
          shown = now;
          if (bulk.isFinished) return;
          await pause(PROGRESS_EVERY_MS, signal);
          if (!changed && !signal.aborted) {
            await new Promise<void>((resolve) => {
              const timer = globalThis.setTimeout(resolve, LOOK_AGAIN_MS);
              wake = () => {
                clearTimeout(timer);
                resolve();
              };
            });
          }
          changed = false;
        }
      } finally {
        signal.removeEventListener('abort', abort);
        ignore();
      }
    });
  }

  private async read(id: string, visibleTo: string | null): Promise<BulkRecord | null> {
    const counts = await this.parts.store.bulkCounts(id, visibleTo);
    if (counts.length === 0) return null;
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    return { id, total, counts, isFinished: counts.every(({ status }) => !WAITING.has(status)) };
  }
}

/** Resolves after `ms`, or at once when aborted. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  setTimeout(ms, undefined, { signal }).catch(() => undefined);

/** The same key of the same sender names the same bulk. */
function bulkIdOf(senderId: string, key: string | null): string {
  if (key === null) return newId();
  return createHash('sha256').update(`${senderId}\n${key}`).digest('hex').slice(0, 32);
}

/** What a confidential one says may be a short code, which could be found out by trying. */
function digestOf(message: SendValues, recipients: readonly BulkRecipient[]): string {
  const { subject, content, htmlContent, variables, metadata, ...rest } = message;
  return requestDigest({
    ...rest,
    ...(rest.confidential ? {} : { subject, content, htmlContent, variables: filled(variables) }),
    metadata: filled(metadata),
    recipients: recipients.map((recipient) =>
      requestDigest({ ...recipient, variables: filled(recipient.variables), metadata: filled(recipient.metadata) }),
    ),
  });
}

function toResult(outcome: Acceptation, index: number): BulkResult {
  if (!isRefusal(outcome)) {
    return { index, notificationId: outcome.notification.id, created: outcome.created, error: null };
  }
  const { code, message } = outcome;
  const fields = outcome.__typename === 'InvalidInputError' ? outcome.fields : [];
  return { index, notificationId: null, created: false, error: { code, message, fields } };
}
