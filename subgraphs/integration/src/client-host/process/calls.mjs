import { failed, HostFailure, succeeded } from './answers.mjs';
import { openPostgresql } from './postgresql.mjs';
import { openRedis } from './redis.mjs';
import { allowTraffic, destroySockets, receivedBytes } from './traffic.mjs';

/** From the first packet until the server has let us in and has told who it is. */
const OPEN_MS = 10_000;
/** Of what a server sends within one call, and while there is none. */
const MAX_CALL_BYTES = 16 * 1024 * 1024;
const MAX_IDLE_BYTES = 64 * 1024;
/** A connection that nobody needed for so long is closed. */
const IDLE_MS = 30_000;

const clients = { POSTGRESQL: openPostgresql, REDIS: openRedis };

/**
 * The connection of the last call, if it may be used again. There is never one of another integration besides it, whose
 * server could end this process during the call.
 */
let kept = null;
let idle;

function forget() {
  kept?.session.close();
  kept = null;
  destroySockets();
}

/** Gives the answer as JSON text. Stops when the signal says so, and lets the server know where that is possible. */
export async function perform(task, signal) {
  clearTimeout(idle);
  let end;
  const ended = new Promise((_resolve, reject) => (end = reject));
  ended.catch(() => undefined);
  allowTraffic(MAX_CALL_BYTES, () =>
    end(new HostFailure('LIMIT', `The answer is larger than ${MAX_CALL_BYTES / 1024 / 1024} MB.`)),
  );
  let session;
  const stop = () =>
    void Promise.resolve(session?.cancel()).then(() => end(new HostFailure('STOPPED', 'The call was stopped.')));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    session = await sessionFor(task, ended);
    const json = await Promise.race([session.run(task.operation, task.input), ended]);
    if (!session.isGood()) forget();
    return succeeded(json);
  } catch (error) {
    const failure = failureOf(error, session !== undefined);
    const wasAnswered = receivedBytes() > 0;
    if (failure.origin !== 'SERVER' || !session?.isGood()) forget();
    return failed(failure, failure.origin !== 'SERVER' && wasAnswered);
  } finally {
    signal.removeEventListener('abort', stop);
    allowTraffic(MAX_IDLE_BYTES, forget);
    idle = setTimeout(forget, IDLE_MS);
  }
}

async function sessionFor({ key, type, ...settings }, ended) {
  if (kept?.key === key && kept.session.isGood()) return kept.session;
  forget();
  let timer;
  const late = new Promise((_resolve, reject) => {
    const message = `The server has let nobody in within ${OPEN_MS / 1_000} seconds.`;
    timer = setTimeout(() => reject(new HostFailure('TIMEOUT', message)), OPEN_MS);
  });
  try {
    const session = await Promise.race([clients[type](settings), ended, late]);
    kept = { key, session };
    return session;
  } finally {
    clearTimeout(timer);
  }
}

/** Clients throw what they like when a server makes no sense. */
function failureOf(error, sent) {
  if (error instanceof HostFailure) return Object.assign(error, { sent });
  const message = String(error?.message || error?.code || 'the connection failed');
  return Object.assign(new HostFailure('CONNECTION', message), { sent });
}
