import type { OpenDomain } from '@flowmesh/platform/domain-runtime';

/** A module with rows that expire. */
export interface Expiring {
  /** Removes expired rows, up to `limit` of each kind. */
  removeExpired(limit: number): Promise<unknown>;
}

const CLEAN_EVERY_MS = 3_600_000;
const CLEAN_LIMIT = 10_000;

/** Workers remove expired rows periodically. */
export function removeWhatIsOver(domain: OpenDomain, modules: readonly Expiring[]): void {
  domain.inWorkers('removals', () =>
    domain.queues.repeat('auth-ended-sessions', CLEAN_EVERY_MS, async () => {
      for (const module of modules) await module.removeExpired(CLEAN_LIMIT);
    }),
  );
}
