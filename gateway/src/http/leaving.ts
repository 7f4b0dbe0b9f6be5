import type { FastifyReply } from 'fastify';

/** Aborted if the client disconnects before it has a response. */
export function leaving({ raw }: FastifyReply): AbortSignal {
  const abort = new AbortController();
  if (raw.destroyed) abort.abort();
  raw.once('close', () => {
    if (!raw.writableFinished) abort.abort();
  });
  return abort.signal;
}
