import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../logging/index.ts';
import { DatabaseStartError, describeError } from './errors.ts';
import type { ServerLocation } from './location.ts';
import { logFile, startServer, stopOrphan, whyItEnded, type ServerProcess } from './server-process.ts';

export interface KeptServerOptions {
  readonly location: ServerLocation;
  readonly logger: Logger;
  /** Whether committed data survives a crash of the machine. */
  readonly durable: boolean;
  /** The server has ended too often, and stays away. Called once; the error says why in a sentence for the operator. */
  readonly onGivenUp: (error: DatabaseStartError) => void;
}

export type KeptServer = Omit<ServerProcess, 'ended'>;

const MOST_RESTARTS = 5;
const WITHIN_MINUTES = 10;
/** Backoff before the second start in a row, doubled for each further one: e.g. a full disk may be cleared meanwhile. */
const FIRST_WAIT_MS = 500;

/**
 * Starts the server, and restarts it on the same port when it crashes; committed data is recovered from its write-ahead
 * log. At most five times within ten minutes: a server that crashes more often needs the attention of the operator.
 */
export async function startKeptServer(options: KeptServerOptions): Promise<KeptServer> {
  const { location, logger, durable, onGivenUp } = options;
  let server = await startServer(location, { durable });
  const { port } = server;
  const ends: number[] = [];
  const stopping = new AbortController();
  let restarting: Promise<void> = Promise.resolve();

  const watch = () =>
    void server.ended.then(() => {
      if (!stopping.signal.aborted) restarting = startAgain();
    });

  async function startAgain(): Promise<void> {
    let reason = await whyItEnded(location);
    while (!stopping.signal.aborted) {
      const now = performance.now();
      ends.push(now);
      while (ends[0] !== undefined && now - ends[0] > WITHIN_MINUTES * 60_000) ends.shift();
      if (ends.length > MOST_RESTARTS) {
        return onGivenUp(
          new DatabaseStartError(
            `The embedded database in ${location.data} has ended ${ends.length} times within ${WITHIN_MINUTES} minutes ` +
              `and is not started again (${reason}): see ${logFile(location)}.`,
          ),
        );
      }
      logger.error(
        { folder: location.data, reason, restart: ends.length },
        'the embedded database ended; starting it again',
      );
      const waitMs = ends.length === 1 ? 0 : FIRST_WAIT_MS * 2 ** (ends.length - 2);
      await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      try {
        await stopOrphan(location);
        server = await startServer(location, { port, durable });
        logger.info({ folder: location.data }, 'the embedded database runs again');
        return watch();
      } catch (error) {
        reason = describeError(error);
      }
    }
  }

  watch();
  return {
    port,
    stop: async () => {
      stopping.abort();
      await restarting;
      await server.stop();
    },
    signalStop: () => {
      stopping.abort();
      server.signalStop();
    },
  };
}
