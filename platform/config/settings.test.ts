import fc from 'fast-check';
import {
  ConfigError,
  loadConfig,
  nearMisses,
  PLATFORM_SETTINGS,
  setting,
  settingsGroup,
  showConfig,
  wholeNumber,
  matching,
} from './index.ts';

const fruit = settingsGroup({
  name: 'fruit',
  title: 'Fruit',
  settings: {
    APPLES_AT_ONCE: setting(wholeNumber(1, 9), { default: '3', meaning: 'Apples.' }),
    PEARS_AT_ONCE: setting(wholeNumber(1, 9), { meaning: 'Pears.', otherwise: 'none' }),
    ORCHARD_KEY: setting(matching(/^key-/, 'a key'), { meaning: 'Opens the orchard.', secret: 'all' }),
  },
  check: ({ APPLES_AT_ONCE: apples, PEARS_AT_ONCE: pears }) =>
    apples !== undefined && pears != null && pears > apples
      ? ['PEARS_AT_ONCE must not be more than APPLES_AT_ONCE']
      : [],
  toConfig: (values) => ({ apples: values.APPLES_AT_ONCE, pears: values.PEARS_AT_ONCE }),
});
const vegetables = settingsGroup({
  name: 'vegetables',
  title: 'Vegetables',
  settings: { LEEKS_AT_ONCE: setting(wholeNumber(1, 9), { default: '1', meaning: 'Leeks.' }) },
  toConfig: (values) => values.LEEKS_AT_ONCE,
});
const groups = [...PLATFORM_SETTINGS, fruit];
const load = (environment: Record<string, string>) => loadConfig({ groups }, environment, false);

const errorOf = (environment: Record<string, string>): ConfigError => {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('There is nothing wrong with it.');
};

test('what a part of the product reads is typed, and has defaults', () => {
  expect(load({ PEARS_AT_ONCE: '2' }).config.settings.of(fruit)).toEqual({ apples: 3, pears: 2 });
  expect(load({ PEARS_AT_ONCE: '' }).config.settings.of(fruit)).toEqual({ apples: 3, pears: null });
});

test('a process cannot read what it has not declared to read', () => {
  expect(() => load({}).config.settings.of(vegetables)).toThrow('does not read the settings "vegetables"');
});

test('all groups of a process are checked, each by itself and as a whole, and mistyped names are told beside', () => {
  expect(errorOf({ PORT: '1.5', PEARS_AT_ONCE: '4', ORCHARD_KEY: 'hidden', APPLES_ATONCE: '5' }).message).toBe(
    [
      'The configuration has 3 problems:',
      '- PORT must be a whole number from 0 to 65,535, not "1.5".',
      '- ORCHARD_KEY must be a key.',
      '- PEARS_AT_ONCE must not be more than APPLES_AT_ONCE.',
      '- APPLES_ATONCE is not a setting; APPLES_AT_ONCE may be meant.',
    ].join('\n'),
  );
});

test('what was given is told on one line, and not all of a long one', () => {
  expect(errorOf({ PEARS_AT_ONCE: `1\n${'2'.repeat(200)}` }).problems).toEqual([
    `PEARS_AT_ONCE must be a whole number from 1 to 9, not "1\\n${'2'.repeat(78)}…"`,
  ]);
});

test('nothing that is secret is told, whatever is wrong', () => {
  const secret = fc.stringMatching(/^[a-z0-9+/=]{12,40}$/);
  fc.assert(
    fc.property(secret, (value) => {
      const given = {
        ORCHARD_KEY: value,
        INTERNAL_SECRET: `${value}`.slice(0, 31),
        ENCRYPTION_KEY: value,
        DECRYPTION_KEYS: value,
        DATABASE_URL: `mysql://user:${value}@db`,
        REDIS_URL: `http://:${value}@redis`,
      };
      const shown = showConfig({ groups }, { ...given, AUTH_DATABASE_URL: `postgres://u:${value}@db/x` }, false);
      for (const text of [errorOf(given).message, shown]) expect(text).not.toContain(value.slice(0, 12));
    }),
  );
});

test.each(['1e3', '0x50', '8.0', '80a', '٨٠', '-1'])('a number is digits alone: PORT=%j is refused', (PORT) => {
  expect(errorOf({ PORT }).problems).toEqual([
    `PORT must be a whole number from 0 to 65,535, not ${JSON.stringify(PORT)}`,
  ]);
});

test.each([
  ['DATABASE_URL', 'postgres://me:pass@db:99999/x', 'have a port from 1 to 65,535'],
  ['DATABASE_URL', 'postgres://me:pass@db:0/x', 'have a port from 1 to 65,535'],
  ['DATABASE_URL', 'postgres://me:pass@db:5432x/x', 'have a port from 1 to 65,535'],
  ['PLATFORM_DATABASE_URL', 'postgresql://db:1e3', 'have a port from 1 to 65,535'],
  ['AGENT_DATABASE_URL', 'postgresql://[::1]:70000/x', 'have a port from 1 to 65,535'],
  ['REDIS_URL', 'redis://redis:sixty', 'have a port from 1 to 65,535'],
  ['AUTH_URL', 'http://auth:700000/', 'have a port from 1 to 65,535'],
  [
    'DATABASE_URL',
    'postgres://me:pa/ss@db/x',
    'be a valid address; encode special characters of a password, e.g. / as %2F',
  ],
  [
    'DATABASE_URL',
    'postgres://me:%zz@d b/x',
    'be a valid address; encode special characters of a password, e.g. / as %2F',
  ],
])('%s=%s is refused by name, without a word of it', (name, value, objection) => {
  expect(errorOf({ [name]: value }).problems).toEqual([`${name} must ${objection}`]);
});

test.each([
  'postgres://me:pa%2Fss@db:5432/x?sslmode=require',
  'postgres://db',
  'postgresql:///x?host=/run/postgresql',
  'postgresql://[::1]:5432/x',
  'postgres://me:@db:65535/x',
])('%s is an address', (DATABASE_URL) => expect(load({ DATABASE_URL }).config.databaseUrl).toBe(DATABASE_URL));

test('credentials are hidden in whatever spelling, also where none are expected', () => {
  const shown = (value: string) =>
    /^AUTH_URL=(.*)  # given$/m.exec(showConfig({ groups }, { AUTH_URL: value }, false))?.[1];
  expect(
    [
      'http://me:hidden@auth:4000',
      'http://me:hid/den@auth:4000/x',
      'me:hidden@auth:4000',
      'http://auth:4000/?password=hidden&a=b',
      'http://auth:4000/?a=b&Api_Key=hidden#access_token=hidden',
      'host=auth password=hidden',
      'http://a:hidden@auth, b:hidden@auth',
    ].map(shown),
  ).toEqual([
    'http://•••@auth:4000',
    'http://•••@auth:4000/x',
    '•••@auth:4000',
    'http://auth:4000/?password=•••&a=b',
    'http://auth:4000/?a=b&Api_Key=•••#access_token=•••',
    'host=auth password=•••',
    'http://•••@auth, •••@auth',
  ]);
  expect(shown('http://auth.internal:4000/base')).toBe('http://auth.internal:4000/base');
});

test('credentials of any kind are not shown, whatever their address is like', () => {
  const secret = fc.stringMatching(/^[a-z0-9:?#[\]!$&'()*+,;=%-]{12,40}$/);
  const spellings: ((secret: string) => string)[] = [
    (text) => `http://me:${text}@auth:4000/x`,
    (text) => `http://${text}@auth`,
    (text) => `me:${text}@auth:4000`,
    (text) => `http://auth?x=y&password=${encodeURIComponent(text)}`,
  ];
  fc.assert(
    fc.property(secret, fc.constantFrom(...spellings), (value, spell) => {
      const given = { AUTH_URL: spell(value), PUBLIC_URL: spell(value), DATABASE_URL: spell(value) };
      expect(showConfig({ groups }, given, false)).not.toContain(value.slice(0, 12));
    }),
  );
});

test('what is in force is shown with where it is from, and without secrets', () => {
  const text = showConfig(
    { groups, port: 4002 },
    {
      PORT: '',
      ORCHARD_KEY: 'key-1',
      APPLES_AT_ONCE: '4',
      DATABASE_URL: 'postgres://user:password@db:5433/x?password=y',
    },
    false,
  );
  expect(text).toContain(
    '# Fruit\nAPPLES_AT_ONCE=4  # given\n# PEARS_AT_ONCE is not set: none\nORCHARD_KEY=(not shown)  # given\n',
  );
  expect(text).toContain('\nPORT=4002  # default\nPUBLIC_URL=http://localhost:4002  # default\n');
  expect(text).toContain('\nDATABASE_URL=postgres://db:5433/x  # given\n');
});

describe('names that are nearly right', () => {
  const names = ['GRAPHQL_MAX_DEPTH', 'GRAPHQL_MAX_VALUES', 'DATA_DIR', 'PORT', 'HOST'];
  const hints = (...given: string[]) => nearMisses(Object.fromEntries(given.map((name) => [name, 'x'])), names);

  it.each([
    ['GRAPHQL_MAX_DEPHT', 'GRAPHQL_MAX_DEPTH'],
    ['GRAPHQL_MAXDEPTH', 'GRAPHQL_MAX_DEPTH'],
    ['GRAPHQL_MAX_VALUE', 'GRAPHQL_MAX_VALUES'],
    ['MAX_GRAPHQL_DEPTH', 'GRAPHQL_MAX_DEPTH'],
    ['graphql_max_depth', 'GRAPHQL_MAX_DEPTH'],
    ['DATADIR', 'DATA_DIR'],
    ['Port', 'PORT'],
  ])('%s: %s', (given, meant) => expect(hints(given)).toEqual([`${given} is not a setting; ${meant} may be meant`]));

  it('leaves alone what belongs to others', () => {
    const others = ['PATH', 'HOME', 'PWD', 'HOSTNAME', 'PORTS', 'SHELL', 'GRAPHQL', 'DATA', 'DATABASE_PORT', 'LOST'];
    expect(hints(...others, ...names)).toEqual([]);
  });
});
