import { ConfigError, loadPlatformConfig, loadServiceConfig } from './index.ts';

const problemsOf = (load: () => unknown): readonly string[] => {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('configuration', () => {
  it('tells everything that is wrong at once', () => {
    const problems = problemsOf(() =>
      loadPlatformConfig({
        PORT: 'many',
        DATABASE_URL: 'mysql://x',
        ENCRYPTION_KEY: 'short',
        INTERNAL_SECRET: 'short',
      }),
    );
    expect(problems.map((problem) => problem.split(' ', 1)[0]).sort()).toEqual([
      'DATABASE_URL',
      'ENCRYPTION_KEY',
      'INTERNAL_SECRET',
      'PORT',
    ]);
  });

  it('takes up to five keys that only open', () => {
    const keys = [1, 2, 3, 4, 5, 6].map((byte) => Buffer.alloc(32, byte).toString('base64'));
    const load = (given: readonly string[]) =>
      loadPlatformConfig({ DECRYPTION_KEYS: given.join(' , ') }).decryptionKeys;
    expect(load([])).toEqual([]);
    expect(load(keys.slice(1))).toEqual(keys.slice(1));
    expect(problemsOf(() => load(keys))).toEqual(['DECRYPTION_KEYS must be at most 5 keys']);
    expect(problemsOf(() => load(['short']))).toEqual([
      'DECRYPTION_KEYS must be keys of 32 bytes in base64, with commas between',
    ]);
  });

  it('takes an empty variable for one that is not set', () => {
    const config = loadPlatformConfig(
      { PORT: '', REDIS_URL: '', ROLE: '', LOG_LEVEL: '' },
      { port: 4002, terminal: true },
    );
    expect(config).toMatchObject({ port: 4002, redisUrl: null, role: 'all', logLevel: 'warn', logFormat: 'text' });
  });

  it('asks a process that is one of many for what all must share', () => {
    const load = () => loadServiceConfig({ databases: ['agent', 'platform'], subgraphs: ['auth'] }, {}, {});
    expect(problemsOf(load).map((problem) => problem.split(' must', 1)[0])).toEqual([
      'INTERNAL_SECRET',
      'ENCRYPTION_KEY',
      'DATABASE_URL or AGENT_DATABASE_URL and PLATFORM_DATABASE_URL',
      'AUTH_URL',
    ]);
  });

  it('trusts no proxy unless it is named', () => {
    expect(loadPlatformConfig({}).trustProxy).toEqual([]);
    expect(loadPlatformConfig({ TRUST_PROXY: 'loopback, 10.0.0.0/8,fd00::/8,192.0.2.1' }).trustProxy).toEqual([
      'loopback',
      '10.0.0.0/8',
      'fd00::/8',
      '192.0.2.1',
    ]);
    for (const wrong of [
      'true',
      '1',
      '*',
      '10.0.0.0/33',
      '10.0.0/8',
      'fd00::/129',
      '10.0.0.0/8/8',
      '10.0.0.0/',
      '0.0.0.0/0',
    ]) {
      expect(problemsOf(() => loadPlatformConfig({ TRUST_PROXY: wrong }))).toHaveLength(1);
    }
  });

  it('opens nothing inside the own network for an entry that says nothing', () => {
    expect(loadPlatformConfig({}).allowPrivateAddresses).toEqual([]);
    expect(
      loadPlatformConfig({
        ALLOW_PRIVATE_ADDRESSES: '127.0.0.1, 10.1.0.0/16,::1,fd00::/8, localhost,Models.internal,gpu_1,9.example.org',
      }).allowPrivateAddresses,
    ).toEqual([
      '127.0.0.1',
      '10.1.0.0/16',
      '::1',
      'fd00::/8',
      'localhost',
      'models.internal',
      'gpu_1',
      '9.example.org',
    ]);
    for (const wrong of [
      '10.0.0.0/99',
      '10.0.0.0/',
      '0.0.0.0/0',
      '10.0.0/8',
      '10.0.0.256',
      '10.0.0',
      'fd00::/129',
      '[::1]',
      'http://models.internal',
      'models.internal:8080',
      'models.internal/v1',
      '*.internal',
      '-models',
      'a..b',
      '127.0.0.1 10.0.0.1',
      '127.0.0.1,10.0.0.0/99',
    ]) {
      expect(problemsOf(() => loadPlatformConfig({ ALLOW_PRIVATE_ADDRESSES: wrong }))).toEqual([
        'ALLOW_PRIVATE_ADDRESSES must be addresses or ranges separated by commas, e.g. 10.1.0.0/16, or names of hosts, e.g. models.internal',
      ]);
    }
  });

  it('takes origins only as browsers write them', () => {
    expect(loadPlatformConfig({}).corsOrigins).toEqual([]);
    expect(loadPlatformConfig({ CORS_ORIGINS: 'https://app.example.org, http://localhost:3000' }).corsOrigins).toEqual([
      'https://app.example.org',
      'http://localhost:3000',
    ]);
    for (const wrong of ['*', 'null', 'app.example.org', 'https://app.example.org/', 'https://App.example.org']) {
      expect(problemsOf(() => loadPlatformConfig({ CORS_ORIGINS: wrong }))).toEqual([
        'CORS_ORIGINS must be origins separated by commas, e.g. https://app.example.org',
      ]);
    }
  });

  it('loses jobs on purpose in tests only', () => {
    const environment = { QUEUE_FAULT_DROP_RATE: '0.05' };
    expect(problemsOf(() => loadPlatformConfig(environment))).toHaveLength(1);
    expect(loadPlatformConfig({ ...environment, NODE_ENV: 'test' }).queueFaultDropRate).toBe(0.05);
  });
});
