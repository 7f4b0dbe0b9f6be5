import type { LayerTypeRecord } from './layer-type-store.ts';

export type ContextLayerTypeMapper = LayerTypeRecord;
