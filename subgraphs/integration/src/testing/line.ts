import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Line {
  readonly port: number;
  stop(): Promise<void>;
}

/** Another address of the server on a port of this machine. */
export async function startLine(target: number): Promise<Line> {
  const sockets = new Set<Socket>();
  const server = createServer((outer) => {
    const inner = connect(target, '127.0.0.1');
    for (const each of [outer, inner]) {
      sockets.add(each);
      each.on('error', () => undefined).once('close', () => [outer, inner].forEach((one) => one.destroy()));
    }
    outer.pipe(inner).pipe(outer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
