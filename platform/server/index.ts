export { runChecks, type CheckResult } from './checks.ts';
export { assertPortIsFree, createHttpServer, listen, type HttpServerOptions } from './http-server.ts';
export { registerProbes, type ProbedService, type ProbeOptions } from './probes.ts';
export { runSubgraphProcess, type SubgraphProcessOptions } from './run-subgraph.ts';
