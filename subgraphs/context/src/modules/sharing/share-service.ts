import type { Viewer } from '@flowmesh/platform/access';
import { conflict, id, invalidInput, parseInput, productId } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { suffices } from '../contexts/context-access.ts';
import { noContext } from '../contexts/context-failures.ts';
import type { ContextRecord, ShareKind } from '../contexts/context-record.ts';
import type { ContextStore } from '../contexts/context-store.ts';
import { isContext, Refused, type ContextWriter } from '../contexts/context-writer.ts';
import { expectedVersion } from '../contexts/write-shapes.ts';
import type { Grantees } from './grantees.ts';
import type { ShareRecord, ShareStore } from './share-store.ts';

const MOST_SHARES = 200;

const shareShape = z.object({ granteeId: productId(), expectedVersion });
/** Of any shape: what was once shared can be taken away. */
const unshareShape = z.object({ granteeId: id(), expectedVersion });

export interface UnshareInput {
  readonly id: string;
  readonly kind: ShareKind;
  readonly granteeId: string;
  readonly expectedVersion?: number | null;
}

export interface ShareInput extends UnshareInput {
  readonly access: 'READ' | 'WRITE';
}

export interface ShareServiceParts {
  readonly store: ShareStore;
  readonly contexts: ContextStore;
  readonly writer: ContextWriter;
  readonly grantees: Grantees;
}

/** With whom contexts are shared. Each change of it is a version, and ends what the other side watches. */
export class ShareService {
  constructor(private readonly parts: ShareServiceParts) {}

  /** For those who own the contexts; null for others. */
  async sharesOf(contexts: readonly ContextRecord[]): Promise<(ShareRecord[] | null)[]> {
    const own = contexts.filter(({ access }) => suffices(access, 'OWN')).map(({ id: contextId }) => contextId);
    const shares = own.length > 0 ? await this.parts.store.of(own) : [];
    return contexts.map(({ id: contextId, access }) =>
      suffices(access, 'OWN') ? shares.filter((share) => share.contextId === contextId) : null,
    );
  }

  async share(viewer: Viewer, input: ShareInput) {
    const parsed = parseInput(shareShape, input);
    if (!parsed.ok) return parsed.error;
    const { store, writer, grantees, contexts } = this.parts;
    const { id: contextId, kind, granteeId, access } = input;
    const context = await contexts.find(viewer, contextId);
    // Who may not share it learns nothing of users.
    if (!context || !suffices(context.access, 'OWN')) return noContext();
    if (kind === 'USER' && (await grantees.isUnknown(granteeId))) {
      return invalidInput([{ path: 'granteeId', message: 'must be the id of a user or service account' }]);
    }
    const outcome = await writer.write(this.writeOf(viewer, input), async (tx, { ownerId }) => {
      if (kind === 'USER' && granteeId === ownerId) {
        return new Refused(invalidInput([{ path: 'granteeId', message: 'must be somebody else than the owner' }]));
      }
      const done = await store.put(tx, { contextId, kind, granteeId, access }, MOST_SHARES);
      if (done === 'too many') return new Refused(conflict(`A context is shared with at most ${MOST_SHARES}.`));
      return done === 'done' ? { change: 'SHARED' } : new Refused('unchanged' as const);
    });
    return this.told('ShareContextSuccess', viewer, contextId, outcome);
  }

  async unshare(viewer: Viewer, input: UnshareInput) {
    const parsed = parseInput(unshareShape, input);
    if (!parsed.ok) return parsed.error;
    const { store, writer } = this.parts;
    const { id: contextId, kind, granteeId } = input;
    const outcome = await writer.write(this.writeOf(viewer, input), async (tx) =>
      (await store.remove(tx, contextId, kind, granteeId)) ? { change: 'UNSHARED' } : new Refused('unchanged' as const),
    );
    return this.told('UnshareContextSuccess', viewer, contextId, outcome);
  }

  private writeOf(viewer: Viewer, { id: contextId, expectedVersion: expected }: UnshareInput) {
    return { viewer, contextId, expectedVersion: expected, needs: 'OWN', anyStatus: true } as const;
  }

  private async told<Name extends string, Failure extends object>(
    name: Name,
    viewer: Viewer,
    contextId: string,
    outcome: ContextRecord | Failure | 'unchanged',
  ) {
    const context = outcome === 'unchanged' ? await this.parts.contexts.find(viewer, contextId) : outcome;
    if (!context) return noContext();
    return isContext(context) ? { __typename: name, context } : (context as Failure);
  }
}
