import { runSubgraphProcess } from '@flowmesh/platform/server';
import { createSubgraph } from './subgraph.ts';

await runSubgraphProcess({ name: 'context', createSubgraph });
