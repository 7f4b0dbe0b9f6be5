import type { SealedColumn } from '@flowmesh/platform/secrets';

/** Everything that the notification service keeps sealed. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'channel_configs', column: 'config', id: 'id', context: (id) => `channel-config:${id}` },
  { table: 'webhook_endpoints', column: 'sealed_secrets', id: 'id', context: (id) => `webhook-endpoint:${id}` },
  { table: 'notifications', column: 'sealed_content', id: 'id', context: (id) => `notification:${id}` },
];
