import type { Connection } from '@flowmesh/platform/connections';
import type { Preset } from './preset.ts';

export type AgentPresetMapper = Preset;
export type AgentPresetConnectionMapper = Connection<Preset>;
