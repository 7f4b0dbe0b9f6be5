import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface RemoteConnection extends Pick<Client, 'iterate'> {
  close(): Promise<void>;
}

const PING_MS = 10_000;
/** A connection that has not answered a ping by then is dead, whatever the network says. */
const PONG_MS = 5_000;
/** For a paused process the operating system still accepts connections, but nothing answers over them. */
const OPEN_MS = 5_000;

class SubgraphSocket extends WebSocket {
  constructor(address: string, protocols: string | string[]) {
    super(address, protocols, { handshakeTimeout: OPEN_MS });
    // graphql-ws has no error listener after giving up a connection; a later error must not end the process.
    this.on('error', () => undefined);
  }
}

/**
 * One graphql-ws connection to a subgraph, opened when it is needed. `url` begins with `http`, without a slash at its end.
 * `idleCloseMs`: how long it stays open without a stream.
 */
export function createRemoteConnection(
  url: string,
  connectionParams: () => Promise<Record<string, string>>,
  idleCloseMs: number,
): RemoteConnection {
  let pongTimer: NodeJS.Timeout | undefined;
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: SubgraphSocket,
    lazy: true,
    lazyCloseTimeout: idleCloseMs,
    keepAlive: PING_MS,
    connectionAckWaitTimeout: OPEN_MS,
    retryAttempts: 0,
    connectionParams,
    on: {
      ping: (received) => {
        if (!received) pongTimer = setTimeout(() => client.terminate(), PONG_MS).unref();
      },
      pong: (received) => {
        if (received) clearTimeout(pongTimer);
      },
      closed: () => clearTimeout(pongTimer),
    },
  });
  return {
    iterate: (payload, ...more) => client.iterate(payload, ...more),
    // Rejects when the connection is still being opened and fails.
    close: async () => {
      await Promise.resolve(client.dispose()).catch(() => undefined);
    },
  };
}
