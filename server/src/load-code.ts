import { loadSubgraphs } from './__generated__/subgraphs.ts';

/** Loads the code of the services while the database starts, because loading takes much of the start time. */
export async function loadCode() {
  const [subgraphs, gateway, gatewayConfig, gatewayServer, clientReader, supergraphFile, serviceState, systemSubgraph] =
    await Promise.all([
      loadSubgraphs(),
      import('@flowmesh/gateway/gateway'),
      import('@flowmesh/gateway/gateway-config'),
      import('@flowmesh/gateway/gateway-server'),
      import('@flowmesh/gateway/identity/client-reader'),
      import('@flowmesh/gateway/supergraph/supergraph-file'),
      import('@flowmesh/gateway/system/service-state'),
      import('@flowmesh/gateway/system/system-subgraph'),
    ]);
  return {
    subgraphs,
    gateway: {
      ...gateway,
      ...gatewayConfig,
      ...gatewayServer,
      ...clientReader,
      ...supergraphFile,
      ...serviceState,
      ...systemSubgraph,
    },
  };
}
