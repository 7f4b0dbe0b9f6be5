import type { OpenDomain } from '@flowmesh/platform/domain-runtime';

/** A module with rows that are over some day. */
export interface Expiring {
  /** Removes them, up to `limit` of each kind. */
  removeExpired(limit: number): Promise<unknown>;
}

const CLEAN_EVERY_MS = 3_600_000;
const CLEAN_LIMIT = 10_000;

/** Workers remove what is over, again and again. */
export function removeWhatIsOver(domain: OpenDomain, modules: readonly Expiring[]): void {
  domain.inWorkers('removals', () =>
    domain.queues.repeat('auth-ended-sessions', CLEAN_EVERY_MS, async () => {
      for (const module of modules) await module.removeExpired(CLEAN_LIMIT);
    }),
  );
}
