import { sendRefusal } from '@flowmesh/platform/server';
import type { Subgraph } from '@flowmesh/platform/subgraph';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { TASKS_PATH, type TaskPushes } from './task-pushes.ts';

const MAX_BYTES = 1024 * 1024;
/** From one address, in each process: an agent may do many tasks. What is refused is found out by asking. */
const PUSHES = { points: 600, duration: 60 };
/** Of A2A. */
const TOKEN_HEADER = 'x-a2a-notification-token';

/** Where agents of others tell that something has happened to their tasks. What they send is not read. */
export function taskPushRoutes(pushes: TaskPushes): NonNullable<Subgraph['registerRoutes']> {
  const limiter = new RateLimiterMemory(PUSHES);
  return (server, clientOf) => {
    void server.register((routes, _options, done) => {
      routes.removeAllContentTypeParsers();
      routes.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BYTES }, (_request, _body, parsed) =>
        parsed(null),
      );
      routes.post<{ Params: { id: string } }>(`${TASKS_PATH}/:id`, async (request, reply) => {
        const token = request.headers[TOKEN_HEADER];
        try {
          await limiter.consume(clientOf(request).address ?? 'unknown');
        } catch (error) {
          if (!(error instanceof RateLimiterRes)) throw error;
          void reply.header('retry-after', Math.ceil(error.msBeforeNext / 1_000));
          return sendRefusal(reply, 429, 'Too many notifications. Try again in a minute.');
        }
        const isKnown = typeof token === 'string' && (await pushes.receive(request.params.id, token));
        return isKnown ? reply.code(204).send() : sendRefusal(reply, 404, 'Nothing is expected here.');
      });
      done();
    });
  };
}
