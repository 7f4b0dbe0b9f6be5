import type { CallContext, SubgraphSources } from '@flowmesh/platform/federation';
import { buildSubgraphSchema, loadTypeDefinitions } from '@flowmesh/platform/graphql';
import type { Subgraph } from '@flowmesh/platform/subgraph';
import { createAccessResolvers, type AccessContext } from './access/access-resolvers.ts';
import { AccessRuleList } from './access/access-rule-list.ts';
import { RoleDirectory } from './access/role-directory.ts';
import type { ServiceReporter } from './service-state.ts';

export interface SystemSubgraphOptions {
  readonly reporters: readonly ServiceReporter[];
  readonly version: string;
  readonly supergraphSdl: string;
  /** The other subgraphs; may be filled later. */
  readonly sources: SubgraphSources;
}

/** The gateway's own fields: the state of the services and the access rules. */
export function createSystemSubgraph({ reporters, version, supergraphSdl, sources }: SystemSubgraphOptions): Subgraph {
  const access = createAccessResolvers(new AccessRuleList(supergraphSdl));
  const resolvers = {
    ...access,
    Query: { ...access.Query, services: () => Promise.all(reporters.map((report) => report())) },
  };
  return {
    name: 'system',
    version,
    description: 'State of the services behind the graph, and its access rules',
    ...buildSubgraphSchema(loadTypeDefinitions('system', new URL('.', import.meta.url)), resolvers),
    createContext: (call: CallContext): AccessContext => ({
      viewer: call.viewer,
      roles: new RoleDirectory(sources, call),
    }),
    checks: [],
    start: () => Promise.resolve(),
  };
}
