import { retentionSettings } from '@flowmesh/platform/config';
import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { CallLog } from './call-log.ts';
import { CallOnce } from './call-once.ts';
import { CallOnceStore } from './call-once-store.ts';
import { CallService, type CallServiceParts } from './call-service.ts';
import { CallStore } from './call-store.ts';
import { HeldKeys } from './held-keys.ts';

/** A call is repeated under its key within this time. */
const KEYS_DAYS = 30;

/** Calls of integrations, and their statistics. */
export function createCalls(domain: OpenDomain, parts: Omit<CallServiceParts, 'log' | 'once'>): CallService {
  const { pool, logger, config } = domain;
  const { executionRetentionDays } = config.settings.of(retentionSettings);
  const store = new CallStore(pool);
  const log = new CallLog(store, logger);
  domain.always('statistics', () => log);
  domain.retain('integration-calls', (limit) => store.removeOld(executionRetentionDays, limit));
  domain.retain('integration-call-batches', (limit) => store.removeOldBatches(limit));
  const keys = new CallOnceStore(pool);
  domain.retain('integration-call-keys', (limit) => keys.removeOld(KEYS_DAYS, limit));
  const held = new HeldKeys(keys, logger);
  domain.always('call-outcomes', () => held);
  return new CallService({ ...parts, log, once: new CallOnce(keys, held) });
}
