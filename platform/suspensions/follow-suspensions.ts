import type { Pool } from 'pg';
import { z } from 'zod';
import type { EventBus } from '../events/index.ts';
import type { Logger } from '../logging/index.ts';
import { release, suspend } from './suspended-users.ts';

export interface SuspensionsParts {
  /** Of the domain. */
  readonly name: string;
  readonly bus: EventBus;
  readonly pool: Pool;
  readonly logger: Logger;
  /** Both are called after the table says so, and again when an event comes again. */
  readonly onSuspended?: (userId: string) => Promise<void>;
  readonly onReleased?: (userId: string) => Promise<void>;
}

const payloadShape = z.object({ userId: z.string() });

/**
 * Keeps the domain's `suspended_users`: auth tells of users and service accounts who are suspended, reactivated or gone.
 * What was theirs and is deleted is released: what becomes of it is decided elsewhere.
 */
export function followSuspensions(parts: SuspensionsParts): Promise<{ stop(): Promise<void> }> {
  const { name, bus, pool, logger, onSuspended, onReleased } = parts;
  const events = ['user.suspended', 'user.reactivated', 'user.deleted'];
  return bus.consume(`${name}-suspended-users`, events, async ({ type, payload }) => {
    const { userId } = payloadShape.parse(payload);
    const isSuspended = type === 'user.suspended';
    await (isSuspended ? suspend(pool, userId) : release(pool, userId));
    await (isSuspended ? onSuspended?.(userId) : onReleased?.(userId));
    logger.info({ userId }, isSuspended ? 'work of a suspended user is held' : 'work of a user is not held any more');
  });
}
