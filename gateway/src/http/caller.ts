import type { FastifyRequest } from 'fastify';
import type { GraphQLError } from 'graphql';
import type { CallContext } from '@flowmesh/platform/federation';

/** The caller according to the request's headers; throws UNAUTHENTICATED for an invalid token. */
export type CallOf = (request: FastifyRequest) => Promise<CallContext>;

/** The same; for an expired access token, an anonymous caller and the error. */
export type CallerOf = (
  request: FastifyRequest,
) => Promise<{ readonly call: CallContext; readonly expired: GraphQLError | null }>;
