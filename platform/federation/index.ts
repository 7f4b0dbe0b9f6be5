export { acknowledged, asksForAcknowledgement } from './acknowledgement.ts';
export { bounded } from './answer-size.ts';
export { ExecutableSubgraph } from './executable-subgraph.ts';
export { createLocalSource } from './local-source.ts';
export { mapStream, underField } from './map-stream.ts';
export { createRemoteSource, type RemoteSource, type RemoteSourceOptions } from './remote-source.ts';
export type { CallContext, GraphQLRequest, SubgraphSource, SubgraphSources } from './source.ts';
export { readWaits, type AsksToWait } from './waits.ts';
export { serviceAddress, type ServiceAddress } from './service-address.ts';
