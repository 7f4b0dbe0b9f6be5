import type { Connection } from '@flowmesh/platform/connections';
import type { ApiKeyRecord } from './api-key-record.ts';

export type ApiKeyMapper = ApiKeyRecord;
export type ApiKeyConnectionMapper = Connection<ApiKeyMapper>;
