import type { LayerRecord } from './layer-record.ts';
import type { ResolvedRecord } from './resolution.ts';

export type ContextLayerMapper = LayerRecord;
export type ResolvedContextMapper = ResolvedRecord;
