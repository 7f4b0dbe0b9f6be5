import type { Connection } from '@flowmesh/platform/connections';
import type { ShownDependent } from './dependent-record.ts';

export type IntegrationDependentMapper = ShownDependent;
export type IntegrationDependentConnectionMapper = Connection<ShownDependent>;
