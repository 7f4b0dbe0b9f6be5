export { runChecks, type CheckResult } from './checks.ts';
export {
  serveGraphqlSockets,
  type GraphqlSocketLimits,
  type MessageProblem,
  type SocketExtra,
} from './graphql-sockets.ts';
export {
  assertPortIsFree,
  createHttpServer,
  discardTooLarge,
  listen,
  type HttpServerOptions,
  type TurnAway,
} from './http-server.ts';
export { registerProbes, type ProbedService, type ProbeOptions } from './probes.ts';
export type { RawAnswer } from './raw-answer.ts';
export { sendRefusal } from './refusals.ts';
export { runSubgraphProcess, type SubgraphProcessOptions } from './run-subgraph.ts';
export { serveUpgrades, type UpgradeRoute } from './upgrades.ts';
