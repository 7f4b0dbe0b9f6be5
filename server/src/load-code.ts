/** Code of the services, read while the database starts: reading takes a good part of a start. */
export async function loadCode() {
  const [auth, agent, workflow, notification, gateway, gatewayConfig, supergraphFile, serviceState, systemSubgraph] =
    await Promise.all([
      import('@flowmesh/auth/subgraph'),
      import('@flowmesh/agent/subgraph'),
      import('@flowmesh/workflow/subgraph'),
      import('@flowmesh/notification/subgraph'),
      import('@flowmesh/gateway/gateway'),
      import('@flowmesh/gateway/gateway-config'),
      import('@flowmesh/gateway/supergraph/supergraph-file'),
      import('@flowmesh/gateway/system/service-state'),
      import('@flowmesh/gateway/system/system-subgraph'),
    ]);
  return {
    auth,
    agent,
    workflow,
    notification,
    gateway: { ...gateway, ...gatewayConfig, ...supergraphFile, ...serviceState, ...systemSubgraph },
  };
}
