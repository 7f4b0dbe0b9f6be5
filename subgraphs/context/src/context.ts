import type { OperationContext } from '@flowmesh/platform/subgraph';
import type { Loaders } from './loaders.ts';
import type { Services } from './services.ts';

export type ContextContext = OperationContext<Services, Loaders>;
