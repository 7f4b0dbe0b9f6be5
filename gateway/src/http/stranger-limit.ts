import { Transform, type Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Viewer } from '@flowmesh/platform/access';
import type { GatewayLimits } from '../gateway-config.ts';
import type { CallerOf } from './caller.ts';

/** Whether a body or message is too large for its sender, checked before it is parsed. */
export const isTooLargeFor = (viewer: Viewer | undefined, bytes: Buffer, { strangerBytes }: GatewayLimits): boolean =>
  (viewer === undefined || viewer.kind === 'anonymous') && bytes.length > strangerBytes;

export const tooLargeForStrangers = ({ strangerBytes }: GatewayLimits): string =>
  `Who is not signed in may send at most ${strangerBytes.toLocaleString('en')} bytes at once.`;

/** For plain HTTP, like Fastify's own error. */
class TooLargeError extends Error {
  readonly statusCode = 413;
}

/**
 * Limits the body of a request by its sender: an incomplete body stays in memory, and anybody can open many of them.
 * For larger bodies the sender is authenticated before the body is read.
 */
export function limitStrangers(scope: FastifyInstance, limits: GatewayLimits, callerOf: CallerOf): void {
  const { strangerBytes } = limits;
  const isStranger = async (request: FastifyRequest) => {
    if (request.headers.authorization === undefined) return true;
    // An invalid token is reported once the body is complete.
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

/** Passes the stream on, or fails with the error if it is longer than this. */
function atMost(source: Readable, bytes: number, error: Error): Readable {
  let read = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      read += chunk.length;
      done(read > bytes ? error : null, chunk);
    },
  });
  source.once('error', (broken) => counted.destroy(broken));
  // The reader listens, too. But a body that is not read, because its type is not supported, must not cause an uncaught
  // error when its client disconnects.
  counted.on('error', () => undefined);
  return source.pipe(counted);
}
