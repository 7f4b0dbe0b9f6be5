import type { Platform } from '@flowmesh/platform/subgraph';
import type { KeyRotation } from './keys/key-rotation.ts';

/** Removes what is over, up to `limit` rows of each kind. */
export type RemoveExpired = (limit: number) => Promise<unknown>;

export interface MaintenanceParts extends Pick<Platform, 'queues' | 'lifecycle' | 'logger'> {
  readonly name: string;
  readonly removeEndedSessions: (limit: number) => Promise<number>;
  readonly others: readonly RemoveExpired[];
  readonly keyRotation: KeyRotation;
}

const CLEAN_EVERY_MS = 3_600_000;
const ROTATE_EVERY_MS = 3_600_000;
const CLEAN_LIMIT = 10_000;

/** Starts what a worker does again and again: removing what is over, and exchanging the signing key. */
export function startMaintenance(parts: MaintenanceParts): void {
  const { name, queues, lifecycle, logger, removeEndedSessions, others, keyRotation } = parts;
  const cleaning = queues.repeat('auth-ended-sessions', CLEAN_EVERY_MS, async () => {
    const removed = await removeEndedSessions(CLEAN_LIMIT);
    if (removed > 0) logger.info({ removed }, 'ended sessions removed');
    for (const remove of others) await remove(CLEAN_LIMIT);
  });
  const rotating = queues.repeat('auth-signing-keys', ROTATE_EVERY_MS, async () => {
    if (await keyRotation.rotateByAge()) logger.info('the next key of access tokens is published');
  });
  lifecycle.onStop(`${name}: key rotation`, () => rotating.stop());
  lifecycle.onStop(`${name}: worker`, () => cleaning.stop());
}
