import { compare, hash } from 'bcrypt';
import { BoundedQueue, type BoundedQueueOptions } from './bounded-queue.ts';

const ROUNDS = 12;

/** No password fits it; comparing with it takes as long as with a real one. */
const NOBODYS_HASH = `$2b$${ROUNDS}$${'.'.repeat(53)}`;

/**
 * A hash takes about a quarter of a second of one of Node's four pool threads, which files and name look-ups need too:
 * two run at a time, and as many wait as are done in about eight seconds.
 */
const DEFAULT_LIMITS: BoundedQueueOptions = { running: 2, waiting: 64 };

/**
 * Hashes passwords with bcrypt, away from the event loop. Give it only passwords of at most 72 bytes without NUL
 * (`fitsBcrypt`): bcrypt would ignore the rest. Rejects with RATE_LIMITED when too many wait.
 */
export class PasswordHasher {
  private readonly queue: BoundedQueue;

  constructor(limits: BoundedQueueOptions = DEFAULT_LIMITS) {
    this.queue = new BoundedQueue(limits);
  }

  hash(password: string): Promise<string> {
    return this.queue.run(() => hash(password, ROUNDS));
  }

  /** Takes the same time whether there is a hash or not, so that the time does not tell who has an account. */
  async verify(password: string, passwordHash: string | null): Promise<boolean> {
    const matches = await this.queue.run(() => compare(password, passwordHash ?? NOBODYS_HASH));
    return matches && passwordHash !== null;
  }
}
