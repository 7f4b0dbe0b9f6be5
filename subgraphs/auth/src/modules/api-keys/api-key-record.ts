export type ApiKeyStatus = 'ACTIVE' | 'EXPIRED' | 'REVOKED';

/** A key as the store returns it, without its hash. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: string[];
  readonly status: ApiKeyStatus;
  readonly createdById: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  /** The owner is a service account. */
  readonly ofServiceAccount: boolean;
}

/** Which keys a list shows. */
export interface ApiKeyQuery {
  readonly ownerId: string | null | undefined;
  readonly status: ApiKeyStatus | null | undefined;
  readonly search: string | null | undefined;
  /** Only keys of this user; null for everybody's. */
  readonly visibleTo: string | null;
}
