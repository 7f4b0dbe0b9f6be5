import type { AuthDomain } from '../../domain.ts';
import type { Foundations } from '../../foundations.ts';
import { ApiKeyService } from './api-key-service.ts';
import { ApiKeyStore } from './api-key-store.ts';

/** API keys of machines. */
export function createApiKeys({ pool }: AuthDomain, { audit }: Foundations) {
  const store = new ApiKeyStore(pool);
  return { store, service: new ApiKeyService(store, audit) };
}
