import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface RemoteConnection extends Pick<Client, 'iterate'> {
  /** Asks for a sign of life, and resolves with the next that comes; a connection that is being opened is one by itself. */
  knock(): Promise<void>;
  /** Whether anything has come from the other side since this moment of `performance.now()`. */
  heardSince(moment: number): boolean;
  close(): Promise<void>;
}

const IDLE_CLOSE_MS = 5_000;
const PING_MS = 10_000;
/** A connection that has not answered a ping by then is dead, whatever the network says. */
const PONG_MS = 5_000;
/** A process that stands still has its connections accepted by the system, and answers nothing over them. */
const OPEN_MS = 5_000;

class SubgraphSocket extends WebSocket {
  constructor(address: string, protocols: string | string[]) {
    super(address, protocols, { handshakeTimeout: OPEN_MS });
    // graphql-ws listens no more once it has given a connection up; an error after that must not end the process.
    this.on('error', () => undefined);
  }
}

/** One graphql-ws connection to a subgraph, opened when it is needed. `url` begins with `http`, without a slash at its end. */
export function createRemoteConnection(
  url: string,
  connectionParams: () => Promise<Record<string, string>>,
): RemoteConnection {
  let pongTimer: NodeJS.Timeout | undefined;
  let socket: WebSocket | undefined;
  let heardAt = Number.NEGATIVE_INFINITY;
  let listeners: (() => void)[] = [];
  const heard = () => {
    heardAt = performance.now();
    for (const listener of listeners) listener();
    listeners = [];
  };
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: SubgraphSocket,
    lazy: true,
    lazyCloseTimeout: IDLE_CLOSE_MS,
    keepAlive: PING_MS,
    connectionAckWaitTimeout: OPEN_MS,
    retryAttempts: 0,
    connectionParams,
    on: {
      connected: (opened) => {
        socket = opened as WebSocket;
        socket.on('pong', heard);
      },
      message: heard,
      ping: (received) => {
        if (!received) pongTimer = setTimeout(() => client.terminate(), PONG_MS).unref();
      },
      pong: (received) => {
        if (received) clearTimeout(pongTimer);
      },
      closed: () => {
        socket = undefined;
        clearTimeout(pongTimer);
      },
    },
  });
  return {
    iterate: (payload, ...more) => client.iterate(payload, ...more),
    knock: () => {
      if (socket?.readyState === WebSocket.OPEN) socket.ping();
      return new Promise((resolve) => listeners.push(resolve));
    },
    heardSince: (moment) => heardAt >= moment,
    // Rejects when the connection is still being opened and fails.
    close: async () => {
      await Promise.resolve(client.dispose()).catch(() => undefined);
    },
  };
}
