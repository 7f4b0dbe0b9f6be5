import type { Pool } from 'pg';
import type { Logger } from '../logging/index.ts';
import type { QueueSystem, QueueWorker } from '../queue/index.ts';
import type { KeyRing } from './key-ring.ts';
import { reseal, type SealedColumn } from './reseal.ts';
import type { SecretBox } from './secret-box.ts';

export interface KeepSealedOptions {
  /** Of the domain. */
  readonly name: string;
  readonly keyRing: KeyRing;
  readonly box: SecretBox;
  readonly pool: Pool;
  readonly columns: readonly SealedColumn[];
  readonly queues: Pick<QueueSystem, 'repeat'>;
  readonly logger: Logger;
  /** What else depends on the key; tells what is left. */
  readonly others?: (() => Promise<Readonly<Record<string, number>>>) | undefined;
}

/** Other processes may seal with an earlier key until they are restarted. */
const EVERY_MS = 3_600_000;

/**
 * Re-encrypts values sealed with earlier keys, as long as there are `DECRYPTION_KEYS`: at once, and every hour. Each time it
 * logs whether the earlier keys can be removed.
 */
export function keepSealed(options: KeepSealedOptions): QueueWorker | undefined {
  const { name, keyRing, box, pool, columns, queues, logger, others } = options;
  if (keyRing.all.length === 1) return undefined;
  return queues.repeat(`${name}-sealed-with-${keyRing.current.id}`, EVERY_MS, async () => {
    const { resealed, unreadable } = await reseal(pool, box, columns, logger);
    const left = { secrets: unreadable, ...(await others?.()) };
    const done = Object.values(left).every((count) => count === 0);
    logger.info(
      { resealed, left },
      done
        ? 'nothing needs DECRYPTION_KEYS here any more'
        : 'DECRYPTION_KEYS are still needed, unless what is left may be lost',
    );
  });
}
