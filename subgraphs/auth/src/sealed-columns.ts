import type { SealedColumn } from '@flowmesh/platform/secrets';

/** All encrypted columns of auth. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'signing_keys', column: 'sealed_private_key', id: 'id', context: (id) => `signing-key:${id}` },
  { table: 'mfa_factors', column: 'sealed_secret', id: 'user_id', context: (id) => `mfa:${id}` },
  { table: 'outgoing_mails', column: 'sealed_content', id: 'id', context: (id) => `mail:${id}` },
];
