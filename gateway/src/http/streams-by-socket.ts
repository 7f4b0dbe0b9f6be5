import type { Socket } from 'node:net';
import type { ResultStream } from './result-stream.ts';

/**
 * Streams that are open, by their connections. One ends with its connection also when it waits behind another answer
 * (HTTP pipelining): Node tells only the answer that is being written.
 */
export class StreamsBySocket {
  private readonly open = new Map<Socket, Set<ResultStream>>();

  add(socket: Socket, stream: ResultStream): void {
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

  /** Breaks off all of them. */
  end(): void {
    for (const streams of this.open.values()) for (const stream of streams) stream.destroy();
  }

  private left(socket: Socket): void {
    for (const stream of this.open.get(socket) ?? []) stream.destroy();
    this.open.delete(socket);
  }
}
