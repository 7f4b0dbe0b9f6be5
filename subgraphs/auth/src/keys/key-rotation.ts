import { ACCESS_TOKEN, type Caller } from '@flowmesh/platform/access';
import { auditLog, BY_THE_PRODUCT } from '../modules/audit/audit-log.ts';
import type { AuditOrigin } from '../modules/audit/audit-record.ts';
import type { SigningKeyStore } from './signing-key-store.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Longer than anybody, including our gateway, may cache the published keys (`cache-control` of the JWKS). */
const LEAD_SECONDS = 10 * 60;

/** Rotates the signing key of access tokens, by age or on request. */
export class KeyRotation {
  constructor(
    private readonly store: SigningKeyStore,
    private readonly keys: SigningKeys,
    private readonly maxAgeSeconds: number,
  ) {}

  /**
   * Publishes the next key, which signs after ten minutes; tokens of the previous key stay valid until they expire.
   * With `immediately` it signs at once, and tokens of all earlier keys are void within a minute.
   */
  async rotate(origin: Caller | AuditOrigin, { immediately }: { readonly immediately: boolean }): Promise<boolean> {
    const key = await this.keys.generate();
    const rotated = await this.store.rotate(ACCESS_TOKEN.algorithm, {
      key,
      leadSeconds: immediately ? 0 : LEAD_SECONDS,
      audit: auditLog(origin, {
        action: 'signing_key.rotated',
        target: { type: 'SIGNING_KEY', id: key.id },
        details: { immediately },
      }),
    });
    if (rotated) this.keys.forget();
    return rotated;
  }

  /** Rotates if the key is old enough; returns whether it did. */
  async rotateByAge(): Promise<boolean> {
    if (!(await this.store.isOlderThan(ACCESS_TOKEN.algorithm, this.maxAgeSeconds))) return false;
    return this.rotate(BY_THE_PRODUCT, { immediately: false });
  }

  list() {
    return this.store.list();
  }
}
