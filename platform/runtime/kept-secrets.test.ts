import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPlatformConfig } from '../config/index.ts';
import { withKeptSecrets } from './index.ts';

describe('withKeptSecrets', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'flowmesh-secrets-'));
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  const complete = (environment = {}) => withKeptSecrets(loadPlatformConfig({ DATA_DIR: dataDir, ...environment }));

  it('makes each secret once, also for starts at the same time, readable by its owner only', async () => {
    const [first, ...others] = await Promise.all([complete(), complete(), complete()]);
    for (const other of [...others, await complete()]) expect(other).toEqual(first);
    expect(first?.internalSecret).not.toBe(first?.encryptionKey);
    for (const name of ['internal-secret', 'encryption-key']) {
      expect((await stat(join(dataDir, 'secrets', name))).mode & 0o777).toBe(0o600);
    }
  });

  it('prefers what is given, and refuses to go on with a damaged file', async () => {
    const given = 'x'.repeat(32);
    expect((await complete({ INTERNAL_SECRET: given })).internalSecret).toBe(given);
    const file = join(dataDir, 'secrets', 'encryption-key');
    await writeFile(file, '');
    await expect(complete()).rejects.toThrow(`${file} is damaged`);
    expect(await readFile(file, 'utf8')).toBe('');
  });
});
