import type { Pool, PoolClient } from 'pg';

/** serialization_failure and deadlock_detected: nothing was written, and the same work may succeed at once. */
const RETRYABLE = new Set(['40001', '40P01']);
/** in_failed_sql_transaction: a statement before this one has failed, and says why. */
const TRANSACTION_FAILED = '25P02';
const ATTEMPTS = 5;

/**
 * A transaction on a pool whose clients pipeline statements, so that related statements take one round trip. `work` awaits
 * `begun` with its first statements, and every statement before it resolves. Committed when it resolves, rolled back when
 * it rejects; after a deadlock it runs again from the start.
 */
export async function inPipelinedTransaction<T>(
  pool: Pool,
  work: (client: PoolClient, begun: Promise<unknown>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(pool, work);
    } catch (error) {
      if (attempt >= ATTEMPTS || !RETRYABLE.has(codeOf(error))) throw error;
    }
  }
}

async function runOnce<T>(pool: Pool, work: (client: PoolClient, begun: Promise<unknown>) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  let failure: Error | undefined;
  // While it is checked out, losing the connection is reported to the client, not to the pool.
  const onError = (error: Error): void => void (broken = error);
  client.on('error', onError);
  try {
    const watched = watch(client, (error) => (failure ??= error));
    const result = await work(watched, watched.query('begin'));
    // Not sent with the statements before it: all of them must have succeeded.
    await client.query('commit');
    return result;
  } catch (error) {
    // After all statements that were sent, whether or not they succeeded.
    await client.query('rollback').catch((rollbackError: Error) => (broken = rollbackError));
    throw codeOf(error) === TRANSACTION_FAILED ? (failure ?? error) : error;
  } finally {
    client.removeListener('error', onError);
    client.release(broken);
  }
}

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code);

/** The client, telling of statements that fail, the first one first: whoever waits for several may hear of them in any order. */
function watch(client: PoolClient, onFailure: (error: Error) => void): PoolClient {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== 'query') return value;
      return (...args: unknown[]) => {
        const answer = Reflect.apply(value as (...args: unknown[]) => Promise<unknown>, target, args);
        answer.catch(onFailure);
        return answer;
      };
    },
  });
}
