import { runSubgraphProcess } from '@flowmesh/platform/server';
import { createSubgraph } from './subgraph.ts';

await runSubgraphProcess({ name: 'workflow', createSubgraph, port: 4003, calls: ['agent'] });
