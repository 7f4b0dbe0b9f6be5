import type { Viewer } from '@flowmesh/platform/access';
import type { SubgraphSource } from '@flowmesh/platform/federation';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { subgraphUnderTest, type SubgraphProcess } from '@flowmesh/platform/subgraph-testing';
import { signedInAs } from '@flowmesh/platform/testing';
import { createSubgraph } from '../subgraph.ts';

export const MEMBER_SCOPES = ['agent:read', 'agent:write', 'agent:execute'];

export const userOf = (userId: string, scopes: readonly string[] = MEMBER_SCOPES): Viewer => signedInAs(userId, scopes);

export type AgentProcess = SubgraphProcess;
export type AgentUnderTest = Awaited<ReturnType<typeof prepareAgents>>;

/** Agents whose HTTP services may be on this machine. */
export async function prepareAgents(
  services: ReadonlyMap<string, SubgraphSource> = new Map(),
  env: Readonly<Record<string, string>> = {},
) {
  const tested = await subgraphUnderTest('agent', { env: { ALLOW_PRIVATE_ADDRESSES: '127.0.0.1', ...env }, services });
  return {
    pool: tested.pool,
    /** With its workers, unless told otherwise. */
    process: ({ worker } = { worker: true }): Promise<AgentProcess> =>
      tested.process((platform) => createSubgraph(platform, { api: true, worker })),
    async stop() {
      await tested.stop();
      await closeSandbox();
    },
  };
}
