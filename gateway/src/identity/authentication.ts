import type { Client, Viewer } from '@flowmesh/platform/access';
import { ErrorCode } from '@flowmesh/platform/errors';
import type { Logger } from '@flowmesh/platform/logging';
import { GraphQLError } from 'graphql';
import type { TokenVerifier } from './token-verifier.ts';

/**
 * The viewer of these credentials. Throws UNAUTHENTICATED or ACCESS_TOKEN_EXPIRED for invalid ones, and logs where they
 * came from. Throws UNAVAILABLE if they cannot be checked at the moment.
 */
export type Authenticate = (authorization: string | undefined, client: Client) => Promise<Viewer>;

const NOT_GOOD: ReadonlySet<unknown> = new Set([ErrorCode.unauthenticated, ErrorCode.accessTokenExpired]);

/** Whether an error means that credentials are invalid or expired. */
export const isRefusedCredential = (error: unknown): error is GraphQLError =>
  error instanceof GraphQLError && NOT_GOOD.has(error.extensions.code);

export const createAuthentication =
  (verifier: TokenVerifier, logger: Logger): Authenticate =>
  async (authorization, client) => {
    try {
      return await verifier.viewerOf(authorization);
    } catch (error) {
      if (isRefusedCredential(error)) logger.info({ reason: error.message, ...client }, 'credentials refused');
      throw error;
    }
  };
