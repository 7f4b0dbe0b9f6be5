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
        'In `production`, only holders of `access:read` can read the schema (introspection, GraphiQL), and mails that cannot be sent are not shown in `/dev/outbox`. `test` allows the settings for tests.',
    }),
    HOST: setting(anyText('an address of this machine'), {
      default: '0.0.0.0',
      meaning: 'The network address to listen on: one of this machine, or `0.0.0.0` for all.',
    }),
    PORT: setting(wholeNumber(0, 65_535), {
      default: '4000',
      otherwise: '`4000`; for a subgraph in its own process, its port in `platform/domains/domains.json`',
      meaning: 'The port to listen on; 0 means any free port.',
    }),
    PUBLIC_URL: setting(
      matching(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/, 'an address like https://flowmesh.example.org'),
      {
        default: 'http://localhost:4000',
        otherwise: '`http://localhost:` and the port',
        meaning:
          'The address at which people reach the product. It is used for links in mails, and for delivery reports from Twilio. Web pages from this address may call the graph.',
      },
    ),
    LOG_LEVEL: setting(oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'), {
      default: 'info',
      otherwise: '`info`; in a terminal `warn`',
      meaning: 'The lowest level of records that are logged.',
    }),
    LOG_FORMAT: setting(oneOf('json', 'text'), {
      default: 'json',
      otherwise: '`json`; in a terminal `text`',
      meaning: 'The format of log records: `json` is one JSON object per line, `text` is lines for people.',
    }),
    REQUEST_TIMEOUT_SECONDS: setting(wholeNumber(1, 300), {
      default: '30',
      meaning:
        'Seconds within which a request must arrive completely, headers and body; otherwise it is answered with 408. The headers must arrive within 10 seconds. Answers may take longer.',
    }),
    INTERNAL_SECRET: setting(matching(/^.{32,}$/s, 'a text of 32 characters or more'), {
      otherwise: 'generated and kept in `DATA_DIR`; required in many processes',
      secret: 'all',
      meaning:
        'Signs the identity of the viewer in requests from the gateway to the subgraphs. Must be the same in all processes. Generate one with `openssl rand -hex 32`. To replace it, restart all processes with the new one.',
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
        'The folder for the embedded database, generated secrets, and the password of the first administrator. Has no effect in many processes.',
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
        'The PostgreSQL server, e.g. `postgresql://user:password@db.example.org/postgres`. Each domain has its own database on it, which is created if it does not exist.',
    }),
    DATABASE_PREFIX: setting(matching(/^[a-z][a-z0-9_]{0,30}$/, 'lower-case letters, digits and _, at most 31'), {
      default: 'flowmesh',
      meaning:
        'Prefix of the names of databases: `<prefix>_<domain>`. Installations that share a PostgreSQL or Redis server need different prefixes.',
    }),
    PLATFORM_DATABASE_URL: setting(databaseAddress, {
      otherwise: 'the database `<prefix>_<domain>` on `DATABASE_URL`',
      secret: 'credentials',
      meaning: 'A separate database for queues and the event bus.',
    }),
    REDIS_URL: setting(redisAddress, {
      otherwise: 'PostgreSQL',
      secret: 'credentials',
      meaning:
        'Redis server for queues and the event bus, instead of PostgreSQL. It must keep all data: enable its append-only file, and set its `maxmemory-policy` to `noeviction`.',
    }),
    ENCRYPTION_KEY: setting(matching(KEY, '32 bytes in base64'), {
      otherwise: 'generated and kept in `DATA_DIR`; required in many processes',
      secret: 'all',
      meaning:
        'Encrypts secrets in the databases. Must be the same in all processes. Generate one with `openssl rand -base64 32`. If the key is lost, everything encrypted with it is lost too.',
    }),
    DECRYPTION_KEYS: setting(
      listOf((key) => KEY.test(key), `at most ${MAX_DECRYPTION_KEYS} keys of 32 bytes in base64, with commas between`, {
        max: MAX_DECRYPTION_KEYS,
      }),
      {
        otherwise: 'none',
        secret: 'all',
        meaning:
          'Further keys, used only for decryption: previous keys, until the log says that they are no longer needed, or the next key ([exchanging a key](../README.md#exchanging-a-key)).',
      },
    ),
    ROLE: setting(oneOf('all', 'api', 'worker'), {
      default: 'all',
      meaning:
        'What the process of a subgraph does: answer requests (`api`), run background work (`worker`), or both (`all`).',
    }),
    SANDBOX_PROCESSES: setting(wholeNumber(1, 64), {
      otherwise: 'number of cores plus one, at most 5',
      meaning:
        'Maximum number of sandbox processes, which run the expressions and templates of users. Each uses 20 MB when idle and at most 400 MB.',
    }),
    QUEUE_FAULT_DROP_RATE: setting(numberBetween(0, 1), {
      default: '0',
      testsOnly: 'loses work on purpose',
      meaning: 'The share of queued jobs that are lost, from 0 to 1.',
    }),
    QUEUE_FAULT_REPEAT_RATE: setting(numberBetween(0, 1), {
      default: '0',
      testsOnly: 'does work twice on purpose',
      meaning: 'The share of queued jobs that come twice, from 0 to 1.',
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
        otherwise: 'the database `<prefix>_<domain>` on `DATABASE_URL`',
        secret: 'credentials',
        meaning: `A separate database for the ${name} subgraph.`,
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
        otherwise: 'required in processes that call it',
        meaning: `Address of the ${name} subgraph, e.g. \`http://${name}.internal:4000\`.`,
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
