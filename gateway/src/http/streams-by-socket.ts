import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/**
 * Open streams by connection. A stream ends with its connection even if it waits for another response (HTTP
 * pipelining): Node notifies only the response that is being written.
 */
export class StreamsBySocket {
  private readonly open = new Map<Socket, Set<Readable>>();

  add(socket: Socket, stream: Readable): void {
    if (socket.destroyed) {
      stream.destroy();
      return;
    }
    let streams = this.open.get(socket);
    if (!streams) {
      this.open.set(socket, (streams = new Set()));
      socket.once('close', () => this.left(socket));
    }
    streams.add(stream);
    stream.once('close', () => streams.delete(stream));
  }

  /** Ends all of them. */
  end(): void {
    for (const streams of this.open.values()) for (const stream of streams) stream.destroy();
  }

  private left(socket: Socket): void {
    for (const stream of this.open.get(socket) ?? []) stream.destroy();
    this.open.delete(socket);
  }
}
