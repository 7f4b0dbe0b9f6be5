import { listOf } from '@flowmesh/platform/connections';

export const VERSIONS = listOf({
  name: 'Context.versions',
  orders: { VERSION: { field: 'version', type: 'integer' } },
  orderBy: { field: 'VERSION', direction: 'DESC' },
});
