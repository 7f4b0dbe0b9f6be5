import type { Server, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** No request has come for so long: whoever knew this address has found out that connections end here. */
const QUIET_MS = 250;
/** Requests that go on coming are not waited for any longer. */
const LONGEST_MS = 2_000;

/**
 * Drains connections before the server closes. Closing at once would reset requests in transit on connections that look
 * idle or are new. So the server keeps answering for a moment, and closes each connection with its answer.
 */
export class Drain {
  private readonly answering = new Set<ServerResponse>();
  private ending = false;
  private lastRequestAt = 0;

  constructor(server: Server) {
    server.prependListener('request', (_request, response: ServerResponse) => {
      this.lastRequestAt = performance.now();
      this.answering.add(response);
      response.once('close', () => this.answering.delete(response));
      if (this.ending) response.shouldKeepAlive = false;
    });
  }

  /** Resolves when the server may be closed: what is still being answered then was read. */
  async untilQuiet(): Promise<void> {
    this.ending = true;
    for (const response of this.answering) response.shouldKeepAlive = false;
    const begun = performance.now();
    this.lastRequestAt = begun;
    for (;;) {
      const quietInMs = this.lastRequestAt + QUIET_MS - performance.now();
      if (quietInMs <= 0 || performance.now() > begun + LONGEST_MS) return;
      await delay(quietInMs);
    }
  }
}
