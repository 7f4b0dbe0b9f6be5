import type { ServiceAccountRecord } from './service-account-record.ts';

/** A service account that the operation has just changed. */
export function existing(account: ServiceAccountRecord | null): ServiceAccountRecord {
  if (!account) throw new Error('the service account was removed while the operation ran');
  return account;
}
