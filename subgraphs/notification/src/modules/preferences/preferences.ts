import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { Accounts } from '../notifications/accounts.ts';
import { PreferenceService } from './preference-service.ts';
import { PreferenceStore } from './preference-store.ts';

/** What users want to be told of, where and when. */
export const createPreferences = ({ pool }: OpenDomain, accounts: Accounts) =>
  new PreferenceService(new PreferenceStore(pool), accounts);
