import type { Viewer } from '@flowmesh/platform/access';
import { loadPlatformConfig } from '@flowmesh/platform/config';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { subgraphUnderTest, TEST_ENVIRONMENT, type SubgraphProcess } from '@flowmesh/platform/subgraph-testing';
import { signedInAs } from '@flowmesh/platform/testing';
import { createSubgraph } from '../subgraph.ts';

export const userOf = (userId: string, scopes: readonly string[] = ['context:read', 'context:write']): Viewer =>
  signedInAs(userId, scopes);

export type ContextProcess = SubgraphProcess;
export type ContextUnderTest = Awaited<ReturnType<typeof prepareContexts>>;

interface ProcessOptions {
  /** Without a worker nothing expires or is embedded by itself. */
  readonly worker?: boolean;
  /** Settings of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function prepareContexts() {
  const tested = await subgraphUnderTest('context');
  return {
    pool: tested.pool,
    process: ({ worker = true, env = {} }: ProcessOptions = {}): Promise<ContextProcess> =>
      tested.process((platform) => {
        const config = loadPlatformConfig({ ...TEST_ENVIRONMENT, ...env });
        return createSubgraph({ ...platform, config }, { api: true, worker });
      }),
    async stop() {
      await tested.stop();
      await closeSandbox();
    },
  };
}
