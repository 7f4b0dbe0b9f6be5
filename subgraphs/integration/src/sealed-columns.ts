import type { SealedColumn } from '@flowmesh/platform/secrets';

/** Everything that the integration service keeps sealed. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'integrations', column: 'sealed_secrets', id: 'id', context: (id) => `integration:${id}` },
];
