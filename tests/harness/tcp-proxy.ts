import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A line to a server that can be cut and put together again, under an address that stays. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private target: number | null;

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    target: number,
    readonly port: number,
  ) {
    this.target = target;
  }

  /** Listens on `port`, by default on a free one. */
  static async start(targetPort: number, port = 0): Promise<TcpProxy> {
    const server = createServer((client) => proxy.forward(client));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const proxy = new TcpProxy(server, targetPort, (server.address() as AddressInfo).port);
    return proxy;
  }

  private forward(client: Socket): void {
    if (this.target === null) {
      client.destroy();
      return;
    }
    const upstream = connect(this.target, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }

  /** Breaks all connections and refuses new ones. */
  cut(): void {
    this.target = null;
    for (const socket of this.sockets) socket.destroy();
  }

  restore(targetPort: number): void {
    this.target = targetPort;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
