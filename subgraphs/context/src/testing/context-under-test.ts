import type { Viewer } from '@flowmesh/platform/access';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { subgraphUnderTest, type SubgraphProcess } from '@flowmesh/platform/subgraph-testing';
import { signedInAs } from '@flowmesh/platform/testing';
import { createSubgraph } from '../subgraph.ts';

export const userOf = (userId: string, scopes: readonly string[] = ['context:read', 'context:write']): Viewer =>
  signedInAs(userId, scopes);

export type ContextProcess = SubgraphProcess;
export type ContextUnderTest = Awaited<ReturnType<typeof prepareContexts>>;

export async function prepareContexts() {
  const tested = await subgraphUnderTest('context');
  return {
    pool: tested.pool,
    /** Without a worker nothing expires by itself. */
    process: ({ worker = true } = {}): Promise<ContextProcess> =>
      tested.process((platform) => createSubgraph(platform, { api: true, worker })),
    async stop() {
      await tested.stop();
      await closeSandbox();
    },
  };
}
