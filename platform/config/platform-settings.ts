import { DOMAIN_NAMES, databaseVariable, urlVariable, type DomainName } from '../domains/index.ts';
import {
  anyText,
  databaseAddress,
  httpAddress,
  listOf,
  matching,
  numberBetween,
  oneOf,
  redisAddress,
  wholeNumber,
} from './setting-types.ts';
import { setting } from './setting.ts';
import { settingsGroup, type SettingsGroup } from './settings-group.ts';

const KEY = /^[A-Za-z0-9+/]{43}=$/;
const MAX_DECRYPTION_KEYS = 5;

/** What every process reads. */
export const processSettings = settingsGroup({
  name: 'process',
  title: 'Every process',
  settings: {
    NODE_ENV: setting(oneOf('development', 'production', 'test'), {
      default: 'development',
      meaning:
        'In `production` the schema (introspection, GraphiQL) is shown to holders of `access:read` only, and mails that cannot be sent are not shown in `/dev/outbox`. `test` allows the settings for tests.',
    }),
    HOST: setting(anyText('an address of this machine'), {
      default: '0.0.0.0',
      meaning: 'Where to listen: an address of this machine, or all of them.',
    }),
    PORT: setting(wholeNumber(0, 65_535), {
      default: '4000',
      otherwise: '`4000`; the port of a subgraph in `platform/domains/domains.json` where it runs by itself',
      meaning: 'The port to listen on; 0 is any that is free.',
    }),
    PUBLIC_URL: setting(
      matching(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/, 'an address like https://flowmesh.example.org'),
      {
        default: 'http://localhost:4000',
        otherwise: '`http://localhost:` and the port',
        meaning:
          'Where people reach the product: for links in mails, and where Twilio reports what became of messages. Pages from there may call the graph.',
      },
    ),
    LOG_LEVEL: setting(oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'), {
      default: 'info',
      otherwise: '`info`; in a terminal `warn`',
      meaning: 'From which level on records are logged.',
    }),
    LOG_FORMAT: setting(oneOf('json', 'text'), {
      default: 'json',
      otherwise: '`json`; in a terminal `text`',
      meaning: 'How they are logged: one JSON object a line, or lines for people.',
    }),
    REQUEST_TIMEOUT_SECONDS: setting(wholeNumber(1, 300), {
      default: '30',
      meaning:
        'Seconds that a request may take to arrive, headers and body, before it is answered 408; headers must be there within 10. Answers may take longer.',
    }),
    INTERNAL_SECRET: setting(matching(/^.{32,}$/s, 'a text of 32 characters or more'), {
      otherwise: 'made, and kept in `DATA_DIR`; required in many processes',
      secret: 'all',
      meaning:
        'Signs who is asking between the gateway and the subgraphs; the same in all processes. Make one with `openssl rand -hex 32`. To exchange it, restart all of them with another one.',
    }),
  },
  toConfig: (values) => ({ ...values, PUBLIC_URL: values.PUBLIC_URL.replace(/\/+$/, '') }),
});

/** What only the product in one process keeps. */
export const dataSettings = settingsGroup({
  name: 'data',
  title: 'One process',
  settings: {
    DATA_DIR: setting(anyText('a folder'), {
      default: '.data',
      meaning:
        'The folder of the embedded database, of secrets that were made and kept, and of the password of the first administrator. Of no effect in many processes.',
    }),
  },
  toConfig: ({ DATA_DIR }) => DATA_DIR,
});

const DATABASES = 'Databases, queues and kept secrets';

/** What every process reads that has a database. */
export const storeSettings = settingsGroup({
  name: 'stores',
  title: DATABASES,
  settings: {
    DATABASE_URL: setting(databaseAddress, {
      otherwise: 'an embedded PostgreSQL in `DATA_DIR`; required in many processes',
      secret: 'credentials',
      meaning:
        'The PostgreSQL server on which each domain gets a database of its own, created when missing, e.g. `postgresql://user:password@db.example.org/postgres`.',
    }),
    DATABASE_PREFIX: setting(matching(/^[a-z][a-z0-9_]{0,30}$/, 'lower-case letters, digits and _, at most 31'), {
      default: 'flowmesh',
      meaning:
        'Databases are called `<prefix>_<domain>`. Installations that share a PostgreSQL or Redis need different ones.',
    }),
    PLATFORM_DATABASE_URL: setting(databaseAddress, {
      otherwise: 'the database of that name on `DATABASE_URL`',
      secret: 'credentials',
      meaning: 'Another database for queues and event bus.',
    }),
    REDIS_URL: setting(redisAddress, {
      otherwise: 'PostgreSQL',
      secret: 'credentials',
      meaning:
        'Queues and event bus run on this Redis instead of PostgreSQL. It must neither forget (append-only file) nor throw out (`noeviction`) what it holds.',
    }),
    ENCRYPTION_KEY: setting(matching(KEY, '32 bytes in base64'), {
      otherwise: 'made, and kept in `DATA_DIR`; required in many processes',
      secret: 'all',
      meaning:
        'Encrypts secrets in databases; the same in all processes. Make one with `openssl rand -base64 32`. What was encrypted is lost with it.',
    }),
    DECRYPTION_KEYS: setting(
      listOf((key) => KEY.test(key), `at most ${MAX_DECRYPTION_KEYS} keys of 32 bytes in base64, with commas between`, {
        max: MAX_DECRYPTION_KEYS,
      }),
      {
        otherwise: 'none',
        secret: 'all',
        meaning:
          'Further keys, which only decrypt: earlier ones, until the log says that they are not needed, or the next one ([exchanging a key](../README.md#exchanging-a-key)).',
      },
    ),
    ROLE: setting(oneOf('all', 'api', 'worker'), {
      default: 'all',
      meaning: 'What a process of a subgraph does: answer the graph (`api`), run its work (`worker`), or both.',
    }),
    SANDBOX_PROCESSES: setting(wholeNumber(1, 64), {
      otherwise: 'one more than the cores, at most 5',
      meaning:
        'How many processes run what users write (expressions, templates) at the same time. Each takes 20 MB when idle and 400 MB at most.',
    }),
    QUEUE_FAULT_DROP_RATE: setting(numberBetween(0, 1), {
      default: '0',
      testsOnly: 'loses work on purpose',
      meaning: 'The share of jobs that are lost.',
    }),
  },
  toConfig: (values) => values,
});

const each = <T>(make: (name: DomainName) => T) =>
  Object.fromEntries(DOMAIN_NAMES.map((name) => [name, make(name)])) as Readonly<Record<DomainName, T>>;

/** The database of each domain, where it is not on the common server. */
export const domainDatabaseSettings = each((name) =>
  settingsGroup({
    name: `${name}-database`,
    title: DATABASES,
    settings: {
      [databaseVariable(name)]: setting(databaseAddress, {
        otherwise: 'the database of that name on `DATABASE_URL`',
        secret: 'credentials',
        meaning: `Another database for the ${name} subgraph.`,
      }),
    },
    toConfig: (values): string | null => values[databaseVariable(name)] ?? null,
  }),
);

/** Where the processes of the domains are, for a process that is one of many. */
export const serviceSettings = settingsGroup({
  name: 'services',
  title: 'Many processes',
  settings: Object.fromEntries(
    DOMAIN_NAMES.map((name) => [
      urlVariable(name),
      setting(httpAddress, {
        otherwise: 'required by processes that call it',
        meaning: `Where the ${name} subgraph is, e.g. \`http://${name}.internal:4000\`.`,
      }),
    ]),
  ),
  toConfig: (values) => values,
});

/** What the process of a subgraph reads, with what the subgraph itself does. */
export const settingsOfSubgraph = (name: DomainName, own: readonly SettingsGroup[]): readonly SettingsGroup[] => [
  processSettings,
  serviceSettings,
  storeSettings,
  domainDatabaseSettings[name],
  ...own,
];

/** What every process checks, whether or not it uses all of it. */
export const PLATFORM_SETTINGS: readonly SettingsGroup[] = [
  processSettings,
  dataSettings,
  storeSettings,
  ...Object.values(domainDatabaseSettings),
  serviceSettings,
];
