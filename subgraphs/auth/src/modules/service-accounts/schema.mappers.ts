import type { Connection } from '@flowmesh/platform/connections';
import type { ServiceAccountRecord } from './service-account-record.ts';

export type ServiceAccountMapper = ServiceAccountRecord;
export type ServiceAccountConnectionMapper = Connection<ServiceAccountMapper>;
