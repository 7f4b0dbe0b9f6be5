import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@flowmesh/platform/database';
import { createLogger } from '@flowmesh/platform/logging';
import { Child } from '../harness/child.ts';
import { freePort } from '../harness/ports.ts';
import { printTable, type Row } from './table.ts';

const LATER_STARTS = 3;

/** How long the built product takes until it is ready, beside PostgreSQL alone, which it cannot go below. */
export async function benchmarkStarting(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'flowmesh-bench-starting-'));
  const alone = join(folder, 'alone');
  const whole = join(folder, 'whole');
  try {
    const firstAlone = await postgres(alone);
    const firstWhole = await product(whole);
    const laterAlone: number[] = [];
    const laterWhole: number[] = [];
    for (let i = 0; i < LATER_STARTS; i += 1) {
      laterAlone.push(await postgres(alone));
      laterWhole.push(await product(whole));
    }
    const rows: Row[] = [
      { name: 'PostgreSQL alone', value: Math.min(...laterAlone), note: `best of ${LATER_STARTS}` },
      { name: 'the product', value: Math.min(...laterWhole), note: `best of ${LATER_STARTS}` },
      { name: 'PostgreSQL, first time', value: firstAlone },
      { name: 'the product, first time', value: firstWhole, note: 'with all migrations' },
    ];
    printTable('Start until ready', 'ms', rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function postgres(dataDir: string): Promise<number> {
  const begun = performance.now();
  const server = await startEmbeddedPostgres({ dataDir, logger: createLogger({ level: 'warn', name: 'bench' }) });
  const time = performance.now() - begun;
  await server.stop();
  return time;
}

async function product(dataDir: string): Promise<number> {
  const port = await freePort();
  const begun = performance.now();
  const child = Child.start('server/main.js', `${dataDir}.log`, {
    HOST: '127.0.0.1',
    PORT: String(port),
    DATA_DIR: dataDir,
  });
  try {
    await child.ready(`http://127.0.0.1:${port}`);
    return performance.now() - begun;
  } finally {
    await child.stop();
  }
}
