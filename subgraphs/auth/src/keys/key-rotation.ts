import { ACCESS_TOKEN, type Caller } from '@flowmesh/platform/access';
import { auditLog, BY_THE_PRODUCT } from '../modules/audit/audit-log.ts';
import type { AuditOrigin } from '../modules/audit/audit-record.ts';
import type { SigningKeyStore } from './signing-key-store.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Longer than anybody may keep the published keys (`cache-control` of the JWKS), and than we do ourselves. */
const LEAD_SECONDS = 10 * 60;

/** Exchanges the key of access tokens: by age, or because somebody asks. */
export class KeyRotation {
  constructor(
    private readonly store: SigningKeyStore,
    private readonly keys: SigningKeys,
    private readonly maxAgeSeconds: number,
  ) {}

  /**
   * Publishes a next key, which signs from ten minutes on; tokens of the one before stay good until they expire. With
   * `immediately` it signs at once, and tokens of all earlier keys are void within a minute.
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

  /** Rotates when the key is old enough; whether it has. */
  async rotateByAge(): Promise<boolean> {
    if (!(await this.store.isOlderThan(ACCESS_TOKEN.algorithm, this.maxAgeSeconds))) return false;
    return this.rotate(BY_THE_PRODUCT, { immediately: false });
  }

  list() {
    return this.store.list();
  }
}
