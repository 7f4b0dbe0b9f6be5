import { loadPlatformConfig } from '@flowmesh/platform/config';
import { runProcess } from '@flowmesh/platform/runtime';
import { startProduct } from './start-product.ts';

const interactive = process.stdout.isTTY;

await runProcess({
  name: 'Flowmesh',
  loadConfig: () => loadPlatformConfig(),
  start: startProduct,
  onStopping: () => {
    if (interactive) process.stdout.write('\nStopping …\n');
  },
});
