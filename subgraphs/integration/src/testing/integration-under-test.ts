import type { Viewer } from '@flowmesh/platform/access';
import { createLogger } from '@flowmesh/platform/logging';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { subgraphUnderTest, type SubgraphProcess } from '@flowmesh/platform/subgraph-testing';
import type { Platform } from '@flowmesh/platform/subgraph';
import { signedInAs } from '@flowmesh/platform/testing';
import { createSubgraph } from '../subgraph.ts';

export const MEMBER_SCOPES = ['integration:read', 'integration:write', 'integration:invoke'];

export const userOf = (userId: string, scopes: readonly string[] = MEMBER_SCOPES): Viewer => signedInAs(userId, scopes);

export type IntegrationProcess = SubgraphProcess;
export type IntegrationUnderTest = Awaited<ReturnType<typeof prepareIntegrations>>;

type TestOptions = Parameters<typeof subgraphUnderTest>[1];

/** Integrations whose services may be on this machine. */
export async function prepareIntegrations(options: TestOptions = {}) {
  const env = { ALLOW_PRIVATE_ADDRESSES: '127.0.0.1' };
  const tested = await subgraphUnderTest('integration', { env, ...options });
  const lines: string[] = [];
  const logger = createLogger({ level: 'trace', name: 'test' }, { write: (line: string) => void lines.push(line) });
  const platforms: Platform[] = [];
  return {
    pool: tested.pool,
    url: tested.url,
    /** Everything that was logged, by all processes. */
    lines: lines as readonly string[],
    /** What each process was given. */
    platforms: platforms as readonly Platform[],
    /** Without its workers, unless told otherwise. */
    process: ({ worker } = { worker: false }): Promise<IntegrationProcess> =>
      tested.process((platform) => {
        platforms.push(platform);
        return createSubgraph({ ...platform, logger }, { api: true, worker });
      }),
    async stop() {
      await tested.stop();
      await closeSandbox();
    },
  };
}
