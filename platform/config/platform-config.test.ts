import { ConfigError, loadConfig, loadPlatformConfig, networkSettings, readSettings } from './index.ts';

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
    expect(problems).toEqual([
      'PORT must be a whole number from 0 to 65,535, not "many"',
      'INTERNAL_SECRET must be a text of 32 characters or more',
      'DATABASE_URL must be an address that begins with postgres:// or postgresql://',
      'ENCRYPTION_KEY must be 32 bytes in base64',
    ]);
  });

  it('takes up to five keys that only open', () => {
    const keys = [1, 2, 3, 4, 5, 6].map((byte) => Buffer.alloc(32, byte).toString('base64'));
    const load = (given: readonly string[]) =>
      loadPlatformConfig({ DECRYPTION_KEYS: given.join(' , ') }).decryptionKeys;
    const wrong = 'DECRYPTION_KEYS must be at most 5 keys of 32 bytes in base64, with commas between';
    expect(load([])).toEqual([]);
    expect(load(keys.slice(1))).toEqual(keys.slice(1));
    expect(problemsOf(() => load(keys))).toEqual([wrong]);
    expect(problemsOf(() => load(['short']))).toEqual([wrong]);
  });

  it('takes an empty variable for one that is not set', () => {
    const { config } = loadConfig({ port: 4002 }, { PORT: '', REDIS_URL: '', ROLE: '', LOG_LEVEL: '' }, true);
    expect(config).toMatchObject({ port: 4002, redisUrl: null, role: 'all', logLevel: 'warn', logFormat: 'text' });
  });

  it('asks a process that is one of many for what all must share', () => {
    const needs = { databases: ['agent', 'platform'], subgraphs: ['auth'] };
    expect(
      problemsOf(() => loadConfig({ needs }, { PORT: 'many' })).map((problem) => problem.split(' must', 1)[0]),
    ).toEqual([
      'PORT',
      'INTERNAL_SECRET',
      'ENCRYPTION_KEY',
      'DATABASE_URL or AGENT_DATABASE_URL and PLATFORM_DATABASE_URL',
      'AUTH_URL',
    ]);
  });

  it('opens nothing inside the own network for an entry that says nothing', () => {
    const allowed = (ALLOW_PRIVATE_ADDRESSES: string) =>
      readSettings(networkSettings, { ALLOW_PRIVATE_ADDRESSES }).allowPrivateAddresses;
    expect(allowed('')).toEqual([]);
    expect(allowed('127.0.0.1, 10.1.0.0/16,::1,fd00::/8, localhost,Models.internal,gpu_1,9.example.org')).toEqual([
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
      'true',
      'False',
      'yes',
      'no',
      'all',
      '*',
      '1',
      '10.1.0.0/16,true',
    ]) {
      expect(problemsOf(() => allowed(wrong))).toEqual([
        `ALLOW_PRIVATE_ADDRESSES must be addresses or ranges separated by commas, e.g. 10.1.0.0/16, or names of hosts, e.g. models.internal, not "${wrong}"`,
      ]);
    }
  });

  it('loses and repeats jobs on purpose in tests only', () => {
    const environment = { QUEUE_FAULT_DROP_RATE: '0.05', QUEUE_FAULT_REPEAT_RATE: '0.1' };
    expect(problemsOf(() => loadPlatformConfig(environment))).toHaveLength(2);
    expect(loadPlatformConfig({ ...environment, NODE_ENV: 'test' }).queueFaults).toEqual({
      dropRate: 0.05,
      repeatRate: 0.1,
    });
  });
});
