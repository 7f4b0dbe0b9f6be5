import type { FastifyReply } from 'fastify';
import { ErrorCode } from '../errors/index.ts';
import { errorBody } from './error-body.ts';

/** Codes of statuses that have one of their own. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  401: ErrorCode.unauthenticated,
  403: ErrorCode.forbidden,
  404: ErrorCode.notFound,
  408: ErrorCode.timeout,
  413: ErrorCode.tooLarge,
  415: ErrorCode.badRequest,
  429: ErrorCode.rateLimited,
  502: ErrorCode.unavailable,
  503: ErrorCode.unavailable,
};

/** A refusal as every error of ours is told: in the form of GraphQL, with a code (that of the status) and the request id. */
export function sendRefusal(reply: FastifyReply, status: number, message: string, code = codeOf(status)): FastifyReply {
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(errorBody(message, code, reply.request.id));
}

const codeOf = (status: number): ErrorCode => CODES[status] ?? (status < 500 ? ErrorCode.badInput : ErrorCode.internal);
