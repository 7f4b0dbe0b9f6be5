import { spawn, type ChildProcess } from 'node:child_process';
import type { Server as HttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import type { Logger } from '../logging/index.ts';

/** With turns of 50 ms, which is a busy process, 2,500 new connections a second. Each turn with a new one costs 0.1 ms. */
const ACCEPTS_PER_TURN = 128;
const COPIES_WITHIN_MS = 30_000;

/** Sends the handle it is sent back as often as it is told, each time as another descriptor of the same socket. */
const COPIER = `process.once('message', ({ copies }, handle) => {
  for (let left = copies; left > 0; left--) process.send({}, handle, { keepOpen: true });
  process.once('message', () => process.exit());
});`;

/**
 * Lets a server accept many connections per turn of the event loop. Node accepts only one per turn and listening handle
 * (libuv since 1.45): while turns are long in a busy process, other connections wait in the kernel for seconds, where they
 * cannot be refused, including health probes of load balancers. Further handles of the same socket can only be obtained from
 * another process, so one is started briefly. Without them the server works as usual.
 */
export class ManyAccepts {
  private readonly others = new Set<Server>();
  private readonly copier: ChildProcess;
  private readonly copierEnded: Promise<unknown>;
  private closed = false;

  /** `server` listens. */
  constructor(
    private readonly server: HttpServer,
    private readonly logger: Logger,
  ) {
    const copies = ACCEPTS_PER_TURN - 1;
    this.copier = spawn(process.execPath, ['--eval', COPIER], {
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const overdue = setTimeout(() => this.copier.kill('SIGKILL'), COPIES_WITHIN_MS).unref();
    this.copierEnded = new Promise((resolve) => this.copier.once('close', resolve));
    this.copier.once('exit', () => {
      clearTimeout(overdue);
      const { size } = this.others;
      if (size < copies && !this.closed) logger.warn({ handles: size + 1 }, 'few connections are accepted at a time');
    });
    this.copier.on('error', (error) => logger.warn({ err: error }, 'a listening socket could not be copied'));
    this.copier.on('message', (_message, handle) => {
      this.add(handle);
      if (this.others.size === copies) this.copier.send({});
    });
    // The handle itself: a copy of the server would begin to accept in the other process.
    this.copier.send({ copies }, (server as unknown as { _handle: Server })._handle);
    this.copier.unref();
    this.copier.channel?.unref();
  }

  /** Accepts nothing any more; resolves when the connections that were accepted have ended. */
  async close(): Promise<void> {
    this.closed = true;
    this.copier.kill('SIGKILL');
    const ended = [...this.others].map((other) => new Promise((resolve) => other.close(resolve)));
    // It has the socket too.
    await Promise.all([this.copierEnded, ...ended]);
  }

  private add(handle: unknown): void {
    // As the HTTP server makes its own.
    const other = createServer({ allowHalfOpen: true, noDelay: true });
    other.on('connection', (socket) => this.server.emit('connection', socket));
    other.on('error', (error) => this.logger.warn({ err: error }, 'a connection could not be accepted'));
    other.listen(handle);
    if (this.closed) other.close();
    else this.others.add(other);
  }
}
