import { availableParallelism } from 'node:os';
import { compare, hash } from 'bcrypt';
import { BoundedQueue, type BoundedQueueOptions } from './bounded-queue.ts';
import type { PasswordDigest } from './password-digest.ts';
import { PASSWORD_ROUNDS } from './password-limits.ts';

/**
 * A hash is `hmac-sha384:<id of the key>` and bcrypt of the digest. Before that it did not say which key; and before
 * digests it was bcrypt of the password itself.
 */
const DIGEST = 'hmac-sha384';
const HASH = /^(hmac-sha384)?(?::([\w-]{8}))?(\$2b\$.{56})$/;
const BCRYPT_BYTES = 72;

/**
 * A hash takes about a quarter of a second of one of Node's four pool threads, which files and name look-ups need too:
 * two run at a time at most, and one core is left to everything else. As many wait as are done in about eight seconds.
 */
const RUNNING = Math.max(1, Math.min(2, availableParallelism() - 1));
const DEFAULT_LIMITS: BoundedQueueOptions = { running: RUNNING, waiting: 32 * RUNNING };

export interface PasswordHasherOptions {
  readonly limits?: BoundedQueueOptions;
  /** Work factor of bcrypt; 12 unless a test says less. */
  readonly rounds?: number;
}

/**
 * Hashes passwords with bcrypt, away from the event loop: any Unicode of any length, each character of it counting.
 * Rejects with RATE_LIMITED when too many wait.
 */
export class PasswordHasher {
  private readonly queue: BoundedQueue;
  private readonly rounds: number;
  /** No password fits it; comparing with it takes as long as with a real one. */
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
   * Takes the same time whether there is a hash or not, so that the time does not tell who has an account. Only hashes
   * that do not say with which of several keys they were made take longer, until they are replaced.
   */
  async verify(password: string, passwordHash: string | null): Promise<boolean> {
    for (const { given, stored } of this.comparisons(password, passwordHash)) {
      const matches = await this.queue.run(() => compare(given, stored ?? this.nobodysHash));
      if (matches && stored !== null) return true;
    }
    return false;
  }

  /** Whether a hash should be replaced by a new one at the next chance: when the password is at hand. */
  isOutdated(passwordHash: string): boolean {
    return !passwordHash.startsWith(this.currentPrefix);
  }

  /** What hashes begin with that were made with the current key. */
  get currentPrefix(): string {
    return `${DIGEST}:${this.current.keyId}$`;
  }

  private get current(): PasswordDigest {
    const [first] = this.digests;
    if (!first) throw new Error('there is no key to digest passwords with');
    return first;
  }

  /** What bcrypt compares with what, at least once; nothing fits a null. */
  private comparisons(password: string, passwordHash: string | null): { given: string; stored: string | null }[] {
    const [, digested, keyId, stored = null] = HASH.exec(passwordHash ?? '') ?? [];
    if (stored !== null && !digested) {
      // bcrypt ignores what comes behind; no such password was ever accepted when hashes were made this way.
      const fits = Buffer.byteLength(password) <= BCRYPT_BYTES && !password.includes('\0');
      return [{ given: password, stored: fits ? stored : null }];
    }
    const digests = this.digests.filter((digest) => keyId === undefined || digest.keyId === keyId);
    if (stored === null || digests.length === 0) return [{ given: this.current.of(password), stored: null }];
    return digests.map((digest) => ({ given: digest.of(password), stored }));
  }
}
