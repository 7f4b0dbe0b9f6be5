import type { Connection } from '@flowmesh/platform/connections';
import type { AgentRecord } from './agent-record.ts';
import type { ShownConfiguration } from './configurations/shown-configuration.ts';

import type { Availability } from './availability-store.ts';
import type { AgentMatches } from './discovery.ts';

export type AgentMapper = AgentRecord;
export type AgentConnectionMapper = Connection<AgentRecord>;
export type AgentConfigurationMapper = ShownConfiguration;
export type AgentMatchConnectionMapper = AgentMatches;
export type AgentAvailabilityMapper = Availability;
