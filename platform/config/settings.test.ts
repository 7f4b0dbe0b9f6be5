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
