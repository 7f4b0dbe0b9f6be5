import { runProcess } from '@flowmesh/platform/runtime';
import { PRODUCT_SETTINGS } from './configuration/processes.ts';
import { startProduct } from './start-product.ts';

const interactive = process.stdout.isTTY;

await runProcess({
  name: 'Flowmesh',
  settings: { groups: PRODUCT_SETTINGS },
  start: startProduct,
  onStopping: () => {
    if (interactive) process.stdout.write('\nStopping …\n');
  },
});
