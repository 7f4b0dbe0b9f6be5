import type { SealedColumn } from '@flowmesh/platform/secrets';

/** Everything that the integration service keeps sealed. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'integrations', column: 'sealed_secrets', id: 'id', context: (id) => `integration:${id}` },
  { table: 'integrations', column: 'sealed_old', id: 'id', context: (id) => `integration:${id}` },
  {
    table: 'webhook_endpoints',
    column: 'sealed_secret',
    id: 'integration_id',
    context: (id) => `webhook-endpoint:${id}`,
  },
  {
    table: 'integration_tokens',
    column: 'sealed_tokens',
    id: 'integration_id',
    context: (id) => `integration-tokens:${id}`,
  },
  {
    table: 'integration_authorizations',
    column: 'sealed_verifier',
    id: 'state_hash',
    context: (id) => `integration-authorization:${id}`,
  },
];
