import type { SealedColumn } from '@flowmesh/platform/secrets';

/** Everything that the integration service keeps sealed. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'integrations', column: 'sealed_secrets', id: 'id', context: (id) => `integration:${id}` },
  {
    table: 'webhook_endpoints',
    column: 'sealed_secret',
    id: 'integration_id',
    context: (id) => `webhook-endpoint:${id}`,
  },
];
