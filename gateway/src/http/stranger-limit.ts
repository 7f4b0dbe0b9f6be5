import { Transform, type Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Viewer } from '@flowmesh/platform/access';
import type { GatewayLimits } from '../gateway-config.ts';
import type { CallerOf } from './caller.ts';

/** Whether a body or message is too large for who has sent it, before anything is made of it. */
export const isTooLargeFor = (viewer: Viewer | undefined, bytes: Buffer, { strangerBytes }: GatewayLimits): boolean =>
  (viewer === undefined || viewer.kind === 'anonymous') && bytes.length > strangerBytes;

export const tooLargeForStrangers = ({ strangerBytes }: GatewayLimits): string =>
  `Who is not signed in may send at most ${strangerBytes.toLocaleString('en')} bytes at once.`;

/** For plain HTTP, as what Fastify says of its own limit. */
class TooLargeError extends Error {
  readonly statusCode = 413;
}

/**
 * Reads no more of a request than who has sent it may send: a body that waits for its end is kept as it is, and anybody can
 * have many of them wait. Whoever sends more is asked for before it is read.
 */
export function limitStrangers(scope: FastifyInstance, limits: GatewayLimits, callerOf: CallerOf): void {
  const { strangerBytes } = limits;
  const isStranger = async (request: FastifyRequest) => {
    if (request.headers.authorization === undefined) return true;
    // A token that is no good is told as such when all is there.
    return callerOf(request).then(
      ({ call }) => call.viewer.kind === 'anonymous',
      () => true,
    );
  };
  scope.addHook('preParsing', async (request, _reply, payload) => {
    const length = request.headers['content-length'];
    if (length !== undefined && Number(length) <= strangerBytes) return payload;
    if (length === undefined && request.headers['transfer-encoding'] === undefined) return payload;
    if (!(await isStranger(request))) return payload;
    const error = new TooLargeError(tooLargeForStrangers(limits));
    if (length !== undefined) throw error;
    return atMost(payload as Readable, strangerBytes, error);
  });
}

/** The stream as long as it is no longer than this, else the error. */
function atMost(source: Readable, bytes: number, error: Error): Readable {
  let read = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      read += chunk.length;
      done(read > bytes ? error : null, chunk);
    },
  });
  source.once('error', (broken) => counted.destroy(broken));
  // Whoever reads it listens, too. One that is left unread, as its type is none of ours, must end nothing when its client goes.
  counted.on('error', () => undefined);
  return source.pipe(counted);
}
