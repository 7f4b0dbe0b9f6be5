import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const LOCK_MODULE = pathToFileURL(join(__dirname, '../../scripts/preparation-lock.mjs')).href;

/** Appends `begin` and `end` to a log while it holds the lock. */
const script = (lock: string, log: string) => `
  import { appendFileSync } from 'node:fs';
  import { withLock } from ${JSON.stringify(LOCK_MODULE)};
  await withLock(${JSON.stringify(lock)}, () => {}, async () => {
    appendFileSync(${JSON.stringify(log)}, 'begin ');
    await new Promise((resolve) => setTimeout(resolve, 50));
    appendFileSync(${JSON.stringify(log)}, 'end ');
  });
`;

const run = (source: string) =>
  new Promise<number | null>((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', source], { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', resolve);
  });

it('prepares a checkout in one process at a time, taking over from one that was killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowmesh-lock-'));
  const lock = join(folder, 'lock');
  const log = join(folder, 'log');
  try {
    // Larger than any process id there is.
    writeFileSync(lock, '99999999');
    const codes = await Promise.all(Array.from({ length: 5 }, () => run(script(lock, log))));
    expect(codes).toEqual([0, 0, 0, 0, 0]);
    expect(readFileSync(log, 'utf8')).toBe('begin end '.repeat(5));
    expect(existsSync(lock)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
