import { LRUCache } from 'lru-cache';
import type { GuardedSession } from './guarded-session.ts';

/** Connections that are kept for one integration. */
const MAX_IDLE = 5;
const MAX_INTEGRATIONS = 100;
const IDLE_MS = 30_000;

/** Keeps connections for the next call. How many there are at the same time is the policy's business. */
export class SessionPool {
  private readonly idle = new LRUCache<string, GuardedSession[]>({
    max: MAX_INTEGRATIONS,
    ttl: IDLE_MS,
    ttlAutopurge: true,
    dispose: (sessions) => sessions.forEach((session) => session.destroy()),
    noDisposeOnSet: true,
  });

  /** `key`: settings with which a connection was opened. */
  take(key: string): GuardedSession | null {
    const sessions = this.idle.get(key) ?? [];
    for (let session = sessions.pop(); session; session = sessions.pop()) {
      if (session.isGood) return session;
    }
    return null;
  }

  giveBack(key: string, session: GuardedSession): void {
    const sessions = this.idle.get(key) ?? [];
    if (!session.isGood || sessions.length >= MAX_IDLE) return session.destroy();
    this.idle.set(key, [...sessions, session]);
  }

  close(): void {
    this.idle.clear();
  }
}
