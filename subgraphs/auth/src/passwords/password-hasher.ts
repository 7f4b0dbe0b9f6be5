import { compare, hash } from 'bcrypt';
import { BoundedQueue, type BoundedQueueOptions } from './bounded-queue.ts';
import type { PasswordDigest } from './password-digest.ts';

const ROUNDS = 12;
/** Before the hash of a digest; hashes without it are bcrypt of the password itself, from before digests. */
const DIGEST_PREFIX = 'hmac-sha384';
const BCRYPT_BYTES = 72;

/**
 * A hash takes about a quarter of a second of one of Node's four pool threads, which files and name look-ups need too:
 * two run at a time, and as many wait as are done in about eight seconds.
 */
const DEFAULT_LIMITS: BoundedQueueOptions = { running: 2, waiting: 64 };

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

  constructor(
    private readonly digest: PasswordDigest,
    { limits = DEFAULT_LIMITS, rounds = ROUNDS }: PasswordHasherOptions = {},
  ) {
    this.queue = new BoundedQueue(limits);
    this.rounds = rounds;
    this.nobodysHash = `$2b$${String(rounds).padStart(2, '0')}$${'.'.repeat(53)}`;
  }

  async hash(password: string): Promise<string> {
    const hashed = await this.queue.run(() => hash(this.digest(password), this.rounds));
    return DIGEST_PREFIX + hashed;
  }

  /** Takes the same time whether there is a hash or not, so that the time does not tell who has an account. */
  async verify(password: string, passwordHash: string | null): Promise<boolean> {
    const [given, stored] = this.compared(password, passwordHash);
    const matches = await this.queue.run(() => compare(given, stored ?? this.nobodysHash));
    return matches && stored !== null;
  }

  /** Whether a hash should be replaced by a new one at the next chance: when the password is at hand. */
  isOutdated(passwordHash: string): boolean {
    return !passwordHash.startsWith(DIGEST_PREFIX);
  }

  /** What bcrypt compares with what; null for what nothing fits. */
  private compared(password: string, passwordHash: string | null): [given: string, stored: string | null] {
    if (passwordHash === null || !this.isOutdated(passwordHash)) {
      return [this.digest(password), passwordHash && passwordHash.slice(DIGEST_PREFIX.length)];
    }
    // bcrypt ignores what comes behind; no such password was ever accepted when hashes were made this way.
    const fits = Buffer.byteLength(password) <= BCRYPT_BYTES && !password.includes('\0');
    return [password, fits ? passwordHash : null];
  }
}
