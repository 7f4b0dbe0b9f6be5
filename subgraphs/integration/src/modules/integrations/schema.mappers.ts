import type { Connection } from '@flowmesh/platform/connections';
import type { Operation } from '../../clients/integration-client.ts';
import type { IntegrationRecord } from './integration-record.ts';

export type IntegrationMapper = IntegrationRecord;
export type IntegrationConnectionMapper = Connection<IntegrationRecord>;
export type IntegrationOperationMapper = Operation;
export type IntegrationOperationConnectionMapper = Connection<Operation>;
