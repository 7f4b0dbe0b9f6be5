import type { Pool, PoolClient } from 'pg';

/** serialization_failure and deadlock_detected: nothing was written, and the same work may succeed at once. */
const RETRYABLE = new Set(['40001', '40P01']);
const ATTEMPTS = 5;

/**
 * A transaction on a pool whose clients send statements without waiting for answers: what belongs together costs one
 * round trip. `work` awaits `begun` with its first statements, and every statement before it resolves. Committed when it
 * resolves, rolled back when it rejects; after a deadlock it runs again from the start.
 */
export async function inPipelinedTransaction<T>(
  pool: Pool,
  work: (client: PoolClient, begun: Promise<unknown>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(pool, work);
    } catch (error) {
      if (attempt >= ATTEMPTS || !RETRYABLE.has(String((error as { code?: unknown }).code))) throw error;
    }
  }
}

async function runOnce<T>(pool: Pool, work: (client: PoolClient, begun: Promise<unknown>) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // While it is checked out, losing the connection is reported to the client, not to the pool.
  const onError = (error: Error): void => void (broken = error);
  client.on('error', onError);
  try {
    const result = await work(client, client.query('begin'));
    // Not sent with the statements before it: all of them must have succeeded.
    await client.query('commit');
    return result;
  } catch (error) {
    // Behind every statement that was sent, whatever has become of them.
    await client.query('rollback').catch((rollbackError: Error) => (broken = rollbackError));
    throw error;
  } finally {
    client.removeListener('error', onError);
    client.release(broken);
  }
}
