import { runSubgraphProcess } from '@flowmesh/platform/server';
import { settings } from './settings.ts';
import { createSubgraph } from './subgraph.ts';

await runSubgraphProcess({ name: 'context', settings, createSubgraph });
