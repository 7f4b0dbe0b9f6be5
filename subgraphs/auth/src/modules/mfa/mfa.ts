import type { AuthDomain } from '../../domain.ts';
import type { Foundations } from '../../foundations.ts';
import { createBackupCodeHashes } from './backup-codes.ts';
import { MfaService } from './mfa-service.ts';
import { MfaStore } from './mfa-store.ts';

/** Second factors. */
export function createMfa({ pool, secrets }: AuthDomain, foundations: Foundations, clockToleranceSeconds: number) {
  const store = new MfaStore(pool, foundations.mailDelivery);
  return {
    service: new MfaService({
      ...foundations,
      store,
      secrets: secrets.box,
      hashesOfBackupCode: createBackupCodeHashes(secrets.keyRing),
      clockToleranceSeconds,
    }),
    removeExpired: () => store.removeExpired(),
  };
}
