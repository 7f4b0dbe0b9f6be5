import { isIP } from 'node:net';
import { z } from 'zod';
import { databaseVariable, DOMAIN_NAMES, urlVariable } from '../domains/index.ts';

/** The configuration cannot be used; `problems` names every variable and what would be right. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration has ${problems.length === 1 ? 'a problem' : 'problems'}: ${problems.join('; ')}`);
    this.name = 'ConfigError';
  }
}

const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://');
const httpUrl = z.string().regex(/^https?:\/\//, 'must begin with http:// or https://');

const KEY = /^[A-Za-z0-9+/]{43}=$/;
const MAX_DECRYPTION_KEYS = 5;

const NAMED_RANGES = new Set(['loopback', 'linklocal', 'uniquelocal']);

function isRange(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/');
  const longest = { 4: 32, 6: 128 }[isIP(address)];
  if (longest === undefined || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= longest);
}

const listOf = (value: string): string[] =>
  value
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);

const addressList = z
  .string()
  .transform(listOf)
  .refine((entries) => entries.every((entry) => NAMED_RANGES.has(entry) || isRange(entry)), {
    error: `must be addresses or ranges separated by commas, e.g. 10.1.0.0/16, or ${[...NAMED_RANGES].join(', ')}`,
  });

/** Letters in the last label: what ends in a number is a mistyped address, not a name. */
const HOST_NAME =
  /^(?=.{1,253}$)([a-z\d]([a-z\d_-]{0,61}[a-z\d])?\.)*(?=[a-z\d_-]*[a-z])[a-z\d]([a-z\d_-]{0,61}[a-z\d])?$/;

/** Names are compared in lower case. */
const hostList = z
  .string()
  .transform((value) => listOf(value).map((entry) => entry.toLowerCase()))
  .refine((entries) => entries.every((entry) => isRange(entry) || HOST_NAME.test(entry)), {
    error: 'must be addresses or ranges separated by commas, e.g. 10.1.0.0/16, or names of hosts, e.g. models.internal',
  });

const isOrigin = (entry: string): boolean => URL.canParse(entry) && new URL(entry).origin === entry;

const originList = z
  .string()
  .transform(listOf)
  .refine((entries) => entries.every(isOrigin), {
    error: 'must be origins separated by commas, e.g. https://app.example.org',
  });

const schema = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).optional(),
  LOG_FORMAT: z.enum(['json', 'text']).optional(),
  PUBLIC_URL: z
    .string()
    .regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/, 'must be an address like https://flowmesh.example.org')
    .optional(),
  HOST: z.string().min(1).default('0.0.0.0'),
  PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  ROLE: z.enum(['all', 'api', 'worker']).default('all'),
  DATA_DIR: z.string().min(1).default('.data'),
  DATABASE_URL: databaseUrl.optional(),
  DATABASE_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,30}$/, 'must be lower-case letters, digits and _, at most 31')
    .default('flowmesh'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://')
    .optional(),
  INTERNAL_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  ENCRYPTION_KEY: z.string().regex(KEY, 'must be 32 bytes in base64').optional(),
  DECRYPTION_KEYS: z
    .string()
    .transform(listOf)
    .refine((keys) => keys.every((key) => KEY.test(key)), 'must be keys of 32 bytes in base64, with commas between')
    .refine((keys) => keys.length <= MAX_DECRYPTION_KEYS, `must be at most ${MAX_DECRYPTION_KEYS} keys`)
    .optional(),
  ALLOW_PRIVATE_ADDRESSES: hostList.optional(),
  TRUST_PROXY: addressList.optional(),
  REQUEST_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(300).default(30),
  CORS_ORIGINS: originList.optional(),
  SERVICE_WAIT_SECONDS: z.coerce
    .number({ error: 'must be a number' })
    .int('must be a whole number from 1 to 86400')
    .min(1, 'must be a whole number from 1 to 86400')
    .max(86_400, 'must be a whole number from 1 to 86400')
    .default(900),
  SANDBOX_PROCESSES: z.coerce
    .number({ error: 'must be a number' })
    .int('must be a whole number from 1 to 64')
    .min(1, 'must be a whole number from 1 to 64')
    .max(64, 'must be a whole number from 1 to 64')
    .optional(),
  SUSPENDED_WORK: z.enum(['pause', 'cancel'], { error: 'must be pause or cancel' }).default('pause'),
  EXECUTION_RETENTION_DAYS: z.coerce.number().int().min(1).max(36_500).default(90),
  QUEUE_FAULT_DROP_RATE: z.coerce.number().min(0).max(1).optional(),
});

const DATABASES = [...DOMAIN_NAMES, 'platform'];

const each = <T>(names: readonly string[], variableOf: (name: string) => string, type: T) =>
  Object.fromEntries(names.map((name) => [variableOf(name), type]));

const addresses = z.object({
  ...each(DATABASES, databaseVariable, databaseUrl.optional()),
  ...each(DOMAIN_NAMES, urlVariable, httpUrl.optional()),
});

const DEFAULT_PORT = 4000;

/** Names of all variables that are read here. */
export const PLATFORM_VARIABLES: readonly string[] = [...Object.keys(schema.shape), ...Object.keys(addresses.shape)];

/** Settings every service has. Secrets that are not given are made once and kept under `dataDir`. */
export interface PlatformConfig {
  readonly environment: 'development' | 'production' | 'test';
  readonly logLevel: string;
  /** One JSON object a line, or lines for people. */
  readonly logFormat: 'json' | 'text';
  /** Where people reach the product, for links in mails; without a slash at the end. */
  readonly publicUrl: string;
  readonly host: string;
  readonly port: number;
  /** What a process of one subgraph does: answer the graph, run its work, or both. */
  readonly role: 'all' | 'api' | 'worker';
  readonly dataDir: string;
  /** Null: run an embedded server under `dataDir`. */
  readonly databaseUrl: string | null;
  /** Overrides by domain, and for `platform`. */
  readonly domainDatabaseUrls: Readonly<Record<string, string>>;
  /** Databases are called `<prefix>_<domain>`. */
  readonly databasePrefix: string;
  /** Null: queues and bus run on PostgreSQL. */
  readonly redisUrl: string | null;
  /** Signs the viewer between gateway and subgraphs; the same in all processes. Null only in one-process mode. */
  readonly internalSecret: string | null;
  /** Encrypts secrets at rest, base64 of 32 bytes; the same in all processes. Null only in one-process mode. */
  readonly encryptionKey: string | null;
  /** Keys that open what they have sealed, and seal nothing: of before, or of what is to come. */
  readonly decryptionKeys: readonly string[];
  /**
   * Hosts or CIDR ranges inside the operator's network that user-given addresses may reach all the same, e.g. a
   * local model server: `ALLOW_PRIVATE_ADDRESSES=127.0.0.1/32,10.1.0.0/16`. Empty by default.
   */
  readonly allowPrivateAddresses: readonly string[];
  /**
   * Addresses or ranges of proxies whose `X-Forwarded-For` the gateway believes (`loopback`, `linklocal` and
   * `uniquelocal` name the usual ones). Empty by default: anybody can write that header.
   */
  readonly trustProxy: readonly string[];
  /** How long a request may take to arrive, headers and body; answers may take longer. */
  readonly requestTimeoutSeconds: number;
  /** Origins of web pages, other than our own, that may call the graph from a browser. Empty by default. */
  readonly corsOrigins: readonly string[];
  /** Base addresses of subgraphs that run as processes of their own, e.g. `http://agent:4002`. */
  readonly subgraphUrls: Readonly<Record<string, string>>;
  /** How long accepted work waits for another service of the product that does not answer, before it fails. */
  readonly serviceWaitSeconds: number;
  /** Most processes that run what users write; null: as many as suit the machine. */
  readonly sandboxProcesses: number | null;
  /** What becomes of the work that a person has begun who is suspended. */
  readonly suspendedWork: 'pause' | 'cancel';
  /** Days after their end until executions of agents and workflows are removed. */
  readonly executionRetentionDays: number;
  /** Share of enqueued jobs that are lost on purpose, from 0 to 1. Tests only: above 0 only with NODE_ENV=test. */
  readonly queueFaultDropRate: number;
}

/** What depends on the process rather than on its environment. */
export interface ProcessDefaults {
  readonly port?: number;
  /** Whether a person reads the standard output. */
  readonly terminal?: boolean;
}

/**
 * Reads and checks the environment; throws `ConfigError` with all problems at once. In a terminal only warnings and
 * errors are logged, as text; everywhere else records from `info` on, as JSON.
 */
export function loadPlatformConfig(
  environment: NodeJS.ProcessEnv = process.env,
  defaults: ProcessDefaults = {},
): PlatformConfig {
  // An empty variable is one that is not set: compose files write them that way.
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const [result, places] = [schema.safeParse(set), addresses.safeParse(set)];
  if (!result.success || !places.success) {
    const issues = [result, places].flatMap(({ error }) => error?.issues ?? []);
    throw new ConfigError(issues.map((issue) => `${issue.path.join('.')} ${issue.message}`));
  }
  const env = result.data;
  const given = (names: readonly string[], variableOf: (name: string) => string) =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = places.data[variableOf(name)];
        return value === undefined ? [] : [[name, value]];
      }),
    );
  if (env.QUEUE_FAULT_DROP_RATE && env.NODE_ENV !== 'test') {
    throw new ConfigError(['QUEUE_FAULT_DROP_RATE loses work on purpose and needs NODE_ENV=test']);
  }
  const terminal = defaults.terminal ?? process.stdout.isTTY;
  return {
    environment: env.NODE_ENV,
    logLevel: env.LOG_LEVEL ?? (terminal ? 'warn' : 'info'),
    logFormat: env.LOG_FORMAT ?? (terminal ? 'text' : 'json'),
    publicUrl: env.PUBLIC_URL?.replace(/\/+$/, '') ?? `http://localhost:${env.PORT ?? defaults.port ?? DEFAULT_PORT}`,
    host: env.HOST,
    port: env.PORT ?? defaults.port ?? DEFAULT_PORT,
    role: env.ROLE,
    dataDir: env.DATA_DIR,
    databaseUrl: env.DATABASE_URL ?? null,
    domainDatabaseUrls: given(DATABASES, databaseVariable),
    databasePrefix: env.DATABASE_PREFIX,
    redisUrl: env.REDIS_URL ?? null,
    internalSecret: env.INTERNAL_SECRET ?? null,
    encryptionKey: env.ENCRYPTION_KEY ?? null,
    decryptionKeys: env.DECRYPTION_KEYS ?? [],
    allowPrivateAddresses: env.ALLOW_PRIVATE_ADDRESSES ?? [],
    trustProxy: env.TRUST_PROXY ?? [],
    requestTimeoutSeconds: env.REQUEST_TIMEOUT_SECONDS,
    corsOrigins: env.CORS_ORIGINS ?? [],
    subgraphUrls: given(DOMAIN_NAMES, urlVariable),
    serviceWaitSeconds: env.SERVICE_WAIT_SECONDS,
    sandboxProcesses: env.SANDBOX_PROCESSES ?? null,
    suspendedWork: env.SUSPENDED_WORK,
    executionRetentionDays: env.EXECUTION_RETENTION_DAYS,
    queueFaultDropRate: env.QUEUE_FAULT_DROP_RATE ?? 0,
  };
}

/** What a process needs from the others when the product runs as several. */
export interface ServiceNeeds {
  /** Databases it uses. */
  readonly databases: readonly string[];
  /** Subgraphs it calls. */
  readonly subgraphs: readonly string[];
}

/**
 * The same for a process that is one of many: what they must share, and where the others are, has to be given. Throws
 * `ConfigError` with all that is missing.
 */
export function loadServiceConfig(
  needs: ServiceNeeds,
  defaults: ProcessDefaults = {},
  environment: NodeJS.ProcessEnv = process.env,
): PlatformConfig {
  const config = loadPlatformConfig(environment, defaults);
  const problems: string[] = [];
  if (config.internalSecret === null) {
    problems.push('INTERNAL_SECRET must be set, to the same value in all processes (32 characters or more)');
  }
  if (needs.databases.length > 0) {
    if (config.encryptionKey === null) {
      problems.push('ENCRYPTION_KEY must be set, to the same value in all processes (32 bytes in base64)');
    }
    const missing = needs.databases.filter((name) => !config.domainDatabaseUrls[name]);
    if (config.databaseUrl === null && missing.length > 0) {
      problems.push(
        `DATABASE_URL or ${missing.map((name) => `${name.toUpperCase()}_DATABASE_URL`).join(' and ')} must be set`,
      );
    }
  }
  for (const name of needs.subgraphs) {
    if (!config.subgraphUrls[name]) {
      problems.push(`${name.toUpperCase()}_URL must be set to the address of the ${name} subgraph`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}
