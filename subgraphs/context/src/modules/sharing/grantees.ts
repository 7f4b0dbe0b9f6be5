import { serviceViewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { currentRequestId, warnSeldom, type Logger, type WarnSeldom } from '@flowmesh/platform/logging';
import type { Services } from '@flowmesh/platform/services';

/** Sharing does not wait longer for auth. */
const TIMEOUT_MS = 2_000;

const ASKER = serviceViewer('context', ['user:read-any']);
const USER = `query UserOfShare($representations: [_Any!]!) { _entities(representations: $representations) { ... on User { status } } }`;

/** With whom contexts may be shared. Auth knows its users. */
export class Grantees {
  private readonly warnOfAbsence: WarnSeldom;

  constructor(
    private readonly services: Services,
    logger: Logger,
  ) {
    this.warnOfAbsence = warnSeldom(logger, 'contexts were shared without asking auth for the user');
  }

  /** Whether auth knows no such user, or one who was deleted. While it does not answer, that is not known, and nobody is refused. */
  async isUnknown(userId: string): Promise<boolean> {
    const auth = this.services.get('auth');
    if (!auth) return false;
    try {
      const variables = { representations: [{ __typename: 'User', id: userId }] };
      const { _entities: found } = await auth.ask<{
        readonly _entities: readonly ({ readonly status: string } | null)[];
      }>(
        { query: USER, variables },
        { viewer: ASKER, requestId: currentRequestId() ?? newId(), timeoutMs: TIMEOUT_MS },
      );
      return found[0] == null || found[0].status === 'DELETED';
    } catch (error) {
      this.warnOfAbsence({ err: error });
      return false;
    }
  }
}
