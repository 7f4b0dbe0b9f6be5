import { isIP } from 'node:net';
import { createClient, ErrorReply } from '@redis/client';
import { HostFailure } from './answers.mjs';
import { operations } from './redis-operations.mjs';
import { boundedJson } from './results.mjs';
import { openSocket, socketOptions } from './traffic.mjs';

/** One connection to a server that is not the product's. It is not opened again by itself. */
export async function openRedis({ target, configuration, password, product }) {
  const { user, database, keyPrefix } = configuration;
  const client = createClient({
    RESP: 2,
    ...(password === null ? {} : { password }),
    ...(user === undefined || password === null ? {} : { username: user }),
    database,
    socket: { ...socketFor(target), reconnectStrategy: false },
    disableClientInfo: true,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
  });
  let broken = false;
  // A reply that cannot be read is told by this event only.
  const lost = new Promise((_resolve, reject) => {
    client.on('error', (error) => {
      broken = true;
      reject(error);
    });
  });
  lost.catch(() => undefined);
  const send = (...words) => Promise.race([client.sendCommand(words.map(String)), lost]);
  await told(Promise.race([client.connect(), lost]));
  if (product !== null) await told(refuseProduct(send, product));
  return {
    isGood: () => !broken && client.isReady,
    run: async (operation, input) => boundedJson(await told(operations[operation](send, input ?? {}, keyPrefix))),
    // Commands take no time that is worth ending; nobody waits for the answer.
    cancel: () => undefined,
    close: () => client.destroy(),
  };
}

function socketFor(target) {
  const { host, tls } = target;
  if (tls === 'OFF') return socketOptions(target);
  const name = isIP(host) === 0 ? { servername: host } : {};
  return { tls: true, host, socket: openSocket(target), rejectUnauthorized: tls === 'VERIFIED', ...name };
}

/** What the server says no to is told as that; its code is the first word. */
const told = (work) =>
  work.catch((error) => {
    if (!(error instanceof ErrorReply)) throw error;
    throw new HostFailure('SERVER', error.message, /^[A-Z]{1,30}\b/.exec(error.message)?.[0] ?? null);
  });

/** A server is known by its run, and by what it shares with its replicas. */
async function refuseProduct(send, { runId, replicationId }) {
  const info = `${await send('INFO', 'server')}\n${await send('INFO', 'replication')}`;
  const valueOf = (name) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
  if (valueOf('run_id') !== runId && valueOf('master_replid') !== replicationId) return;
  throw new HostFailure('BLOCKED', 'This is the Redis of the product itself, which integrations cannot reach.');
}
