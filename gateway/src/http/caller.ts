import type { FastifyRequest } from 'fastify';
import type { GraphQLError } from 'graphql';
import type { CallContext } from '@flowmesh/platform/federation';

/** Who asks, by the request's headers; throws UNAUTHENTICATED for a token that is not good. */
export type CallOf = (request: FastifyRequest) => Promise<CallContext>;

/** The same; with an access token that has expired, nobody, and the error that says so. */
export type CallerOf = (
  request: FastifyRequest,
) => Promise<{ readonly call: CallContext; readonly expired: GraphQLError | null }>;
