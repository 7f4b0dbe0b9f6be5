import { loadSubgraphs } from './__generated__/subgraphs.ts';

/** Code of the services, read while the database starts: reading takes a good part of a start. */
export async function loadCode() {
  const [subgraphs, gateway, gatewayConfig, gatewayServer, supergraphFile, serviceState, systemSubgraph] =
    await Promise.all([
      loadSubgraphs(),
      import('@flowmesh/gateway/gateway'),
      import('@flowmesh/gateway/gateway-config'),
      import('@flowmesh/gateway/gateway-server'),
      import('@flowmesh/gateway/supergraph/supergraph-file'),
      import('@flowmesh/gateway/system/service-state'),
      import('@flowmesh/gateway/system/system-subgraph'),
    ]);
  return {
    subgraphs,
    gateway: { ...gateway, ...gatewayConfig, ...gatewayServer, ...supergraphFile, ...serviceState, ...systemSubgraph },
  };
}
