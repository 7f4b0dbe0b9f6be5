import { sendRefusal } from '@flowmesh/platform/server';
import { ServiceAwayError } from '@flowmesh/platform/services';
import type { ClientOf, Subgraph } from '@flowmesh/platform/subgraph';
import { text } from '@flowmesh/platform/validation';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { z } from 'zod';
import { PAGE, PAGE_HEADERS } from './link-page.ts';
import type { LinkAnswer, LinkCaller, LinkService } from './link-service.ts';

/** Below the public address of the product. */
const PATH = '/services/workflow/approval';
const MAX_BYTES = 16 * 1024;
/** From one address, in each process: tokens cannot be guessed, but looking for them costs work. */
const ATTEMPTS = { points: 60, duration: 60 };

export const linkUrl =
  (publicUrl: string) =>
  (token: string): string =>
    `${publicUrl}${PATH}#token=${token}`;

const question = z.strictObject({ token: z.string().max(100) });
const decision = question.extend({
  verdict: z.enum(['APPROVE', 'REJECT']),
  comment: text({ max: 2_000 }).nullish(),
});

/** The page that links of approvals lead to, and what it asks. Anybody may; only who has the token learns or does anything. */
export function linkRoutes(links: LinkService): NonNullable<Subgraph['registerRoutes']> {
  const limiter = new RateLimiterMemory(ATTEMPTS);
  return (server, clientOf) => {
    void server.register((routes, _options, done) => {
      routes.addHook('onSend', async (_request, reply) => void reply.headers(PAGE_HEADERS));
      // A form of another site can send no JSON.
      routes.removeAllContentTypeParsers();
      routes.addContentTypeParser(
        'application/json',
        { parseAs: 'string', bodyLimit: MAX_BYTES },
        (_request, body, parsed) => parsed(null, parsedJson(String(body))),
      );
      routes.get(PATH, (_request, reply) => reply.type('text/html; charset=utf-8').send(PAGE));
      routes.post(`${PATH}/question`, async (request, reply) => {
        const given = question.safeParse(request.body);
        if (!given.success) return sendRefusal(reply, 400, 'The body must be {token}.');
        return answer(reply, limiter, callerOf(request, clientOf), () => links.look(given.data.token));
      });
      routes.post(`${PATH}/decision`, async (request, reply) => {
        const given = decision.safeParse(request.body);
        if (!given.success) {
          const what = 'The body must be {token, verdict: APPROVE or REJECT, comment: at most 2,000 characters}.';
          return sendRefusal(reply, 400, what);
        }
        const { token, verdict, comment } = given.data;
        const caller = callerOf(request, clientOf);
        return answer(reply, limiter, caller, () => links.decide(caller, token, verdict, comment ?? null));
      });
      done();
    });
  };
}

async function answer(
  reply: FastifyReply,
  limiter: RateLimiterMemory,
  { client }: LinkCaller,
  work: () => Promise<LinkAnswer>,
): Promise<FastifyReply> {
  try {
    await limiter.consume(client.address ?? 'unknown');
    const found = await work();
    if (found.kind === 'UNKNOWN') return await sendRefusal(reply, 404, 'This link is not valid.');
    return await reply.send(found);
  } catch (error) {
    if (error instanceof RateLimiterRes) {
      void reply.header('retry-after', Math.ceil(error.msBeforeNext / 1_000));
      return sendRefusal(reply, 429, 'Too many attempts. Try again in a minute.');
    }
    if (error instanceof ServiceAwayError) return sendRefusal(reply, 503, 'Not possible at the moment. Try again.');
    throw error;
  }
}

const callerOf = (request: FastifyRequest, clientOf: ClientOf): LinkCaller => ({
  client: clientOf(request),
  requestId: request.id,
});

/** Undefined for what is none. */
function parsedJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
