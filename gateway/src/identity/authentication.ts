import type { Client, Viewer } from '@flowmesh/platform/access';
import type { Logger } from '@flowmesh/platform/logging';
import { GraphQLError } from 'graphql';
import type { TokenVerifier } from './token-verifier.ts';

/** Who bears these credentials; throws UNAUTHENTICATED for ones that are not good, and writes down where they came from. */
export type Authenticate = (authorization: string | undefined, client: Client) => Promise<Viewer>;

export const createAuthentication =
  (verifier: TokenVerifier, logger: Logger): Authenticate =>
  async (authorization, client) => {
    try {
      return await verifier.viewerOf(authorization);
    } catch (error) {
      if (error instanceof GraphQLError) logger.info({ reason: error.message, ...client }, 'credentials refused');
      throw error;
    }
  };
