import { retentionSettings } from '@flowmesh/platform/config';
import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { CallLog } from './call-log.ts';
import { CallService, type CallServiceParts } from './call-service.ts';
import { CallStore } from './call-store.ts';

/** Calls of integrations, and their statistics. */
export function createCalls(domain: OpenDomain, parts: Omit<CallServiceParts, 'log'>): CallService {
  const { pool, logger, config } = domain;
  const { executionRetentionDays } = config.settings.of(retentionSettings);
  const store = new CallStore(pool);
  const log = new CallLog(store, logger);
  domain.always('statistics', () => log);
  domain.retain('integration-calls', (limit) => store.removeOld(executionRetentionDays, limit));
  return new CallService({ ...parts, log });
}
