import { availableParallelism } from 'node:os';
import { compare, hash } from 'bcrypt';
import { BoundedQueue, type BoundedQueueOptions } from './bounded-queue.ts';
import type { PasswordDigest } from './password-digest.ts';
import { PASSWORD_ROUNDS } from './password-limits.ts';

/**
 * A hash is `hmac-sha384:<id of the key>` and bcrypt of the digest. Older hashes do not name the key; the oldest are
 * bcrypt of the password itself.
 */
const DIGEST = 'hmac-sha384';
const HASH = /^(hmac-sha384)?(?::([\w-]{8}))?(\$2b\$.{56})$/;
const BCRYPT_BYTES = 72;

/**
 * A hash takes about a quarter of a second of one of Node's four pool threads, which files and name look-ups need too:
 * at most two run at a time, and one core is left for other work. The queue holds as many as are done in about eight
 * seconds.
 */
const RUNNING = Math.max(1, Math.min(2, availableParallelism() - 1));
const DEFAULT_LIMITS: BoundedQueueOptions = { running: RUNNING, waiting: 32 * RUNNING };

export interface PasswordHasherOptions {
  readonly limits?: BoundedQueueOptions;
  /** Work factor of bcrypt; 12, or less in tests. */
  readonly rounds?: number;
}

/**
 * Hashes passwords with bcrypt, outside the event loop: any Unicode of any length, of which every character counts.
 * Rejects with RATE_LIMITED if too many wait.
 */
export class PasswordHasher {
  private readonly queue: BoundedQueue;
  private readonly rounds: number;
  /** A hash that no password matches; comparing with it takes as long as with a real one. */
  private readonly nobodysHash: string;

  /** With the digest of the current key first: new hashes are made with it. */
  constructor(
    private readonly digests: readonly PasswordDigest[],
    { limits = DEFAULT_LIMITS, rounds = PASSWORD_ROUNDS }: PasswordHasherOptions = {},
  ) {
    this.queue = new BoundedQueue(limits);
    this.rounds = rounds;
    this.nobodysHash = `$2b$${String(rounds).padStart(2, '0')}$${'.'.repeat(53)}`;
  }

  async hash(password: string): Promise<string> {
    const hashed = await this.queue.run(() => hash(this.current.of(password), this.rounds));
    return `${DIGEST}:${this.current.keyId}${hashed}`;
  }

  /**
   * Takes the same time with or without a hash, so that the time does not reveal whether an account exists. Only hashes
   * that do not name their key, of several possible ones, take longer, until they are replaced.
   */
  async verify(password: string, passwordHash: string | null): Promise<boolean> {
    for (const { given, stored } of this.comparisons(password, passwordHash)) {
      const matches = await this.queue.run(() => compare(given, stored ?? this.nobodysHash));
      if (matches && stored !== null) return true;
    }
    return false;
  }

  /** Whether a hash should be replaced when its password is next available. */
  isOutdated(passwordHash: string): boolean {
    return !passwordHash.startsWith(this.currentPrefix);
  }

  /** The prefix of hashes made with the current key. */
  get currentPrefix(): string {
    return `${DIGEST}:${this.current.keyId}$`;
  }

  private get current(): PasswordDigest {
    const [first] = this.digests;
    if (!first) throw new Error('there is no key to digest passwords with');
    return first;
  }

  /** The pairs that bcrypt compares, at least one; nothing matches null. */
  private comparisons(password: string, passwordHash: string | null): { given: string; stored: string | null }[] {
    const [, digested, keyId, stored = null] = HASH.exec(passwordHash ?? '') ?? [];
    if (stored !== null && !digested) {
      // bcrypt ignores further bytes; no such password was accepted when hashes were made this way.
      const fits = Buffer.byteLength(password) <= BCRYPT_BYTES && !password.includes('\0');
      return [{ given: password, stored: fits ? stored : null }];
    }
    const digests = this.digests.filter((digest) => keyId === undefined || digest.keyId === keyId);
    if (stored === null || digests.length === 0) return [{ given: this.current.of(password), stored: null }];
    return digests.map((digest) => ({ given: digest.of(password), stored }));
  }
}
