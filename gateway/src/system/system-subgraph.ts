import { buildSubgraphSchema, loadTypeDefinitions } from '@flowmesh/platform/graphql';
import type { Subgraph } from '@flowmesh/platform/subgraph';
import type { ServiceReporter } from './service-state.ts';

/** The gateway's own few fields: what it knows of the services behind it. */
export function createSystemSubgraph(reporters: readonly ServiceReporter[], version: string): Subgraph {
  const resolvers = {
    Query: { services: () => Promise.all(reporters.map((report) => report())) },
  };
  return {
    name: 'system',
    version,
    description: 'State of the services behind the graph',
    ...buildSubgraphSchema(loadTypeDefinitions('system', new URL('.', import.meta.url)), resolvers),
    createContext: () => ({}),
    checks: [],
    start: () => Promise.resolve(),
  };
}
