import { z } from 'zod';

/** The configuration cannot be used; `problems` names every variable and what would be right. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration has ${problems.length === 1 ? 'a problem' : 'problems'}: ${problems.join('; ')}`);
    this.name = 'ConfigError';
  }
}

const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://');
const httpUrl = z.string().regex(/^https?:\/\//, 'must begin with http:// or https://');

const schema = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  HOST: z.string().min(1).default('0.0.0.0'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
  DATA_DIR: z.string().min(1).default('.data'),
  DATABASE_URL: optional(databaseUrl),
  AUTH_DATABASE_URL: optional(databaseUrl),
  AGENT_DATABASE_URL: optional(databaseUrl),
  WORKFLOW_DATABASE_URL: optional(databaseUrl),
  PLATFORM_DATABASE_URL: optional(databaseUrl),
  DATABASE_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,30}$/, 'must be lower-case letters, digits and _, at most 31')
    .default('flowmesh'),
  REDIS_URL: optional(z.string().regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://')),
  INTERNAL_SECRET: optional(z.string().min(32, 'must have at least 32 characters')),
  ENCRYPTION_KEY: optional(z.string().regex(/^[A-Za-z0-9+/]{43}=$/, 'must be 32 bytes in base64')),
  ALLOW_PRIVATE_ADDRESSES: optional(z.string()),
  AUTH_URL: optional(httpUrl),
  AGENT_URL: optional(httpUrl),
  WORKFLOW_URL: optional(httpUrl),
});

/** Settings every service has. Secrets that are not given are made once and kept under `dataDir`. */
export interface PlatformConfig {
  readonly environment: 'development' | 'production' | 'test';
  readonly logLevel: string;
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  /** Null: run an embedded server under `dataDir`. */
  readonly databaseUrl: string | null;
  /** Overrides by domain (`auth`, `agent`, `workflow`, `platform`). */
  readonly domainDatabaseUrls: Readonly<Record<string, string>>;
  /** Databases are called `<prefix>_<domain>`. */
  readonly databasePrefix: string;
  /** Null: queues and bus run on PostgreSQL. */
  readonly redisUrl: string | null;
  /** Signs the viewer between gateway and subgraphs; the same in all processes. Null only in one-process mode. */
  readonly internalSecret: string | null;
  /** Encrypts secrets at rest, base64 of 32 bytes; the same in all processes. Null only in one-process mode. */
  readonly encryptionKey: string | null;
  /**
   * Hosts or CIDR ranges inside the operator's network that user-given addresses may reach all the same, e.g. a
   * local model server: `ALLOW_PRIVATE_ADDRESSES=127.0.0.1/32,10.1.0.0/16`. Empty by default.
   */
  readonly allowPrivateAddresses: readonly string[];
  /** Base addresses of subgraphs that run as processes of their own, e.g. `http://agent:4002`. */
  readonly subgraphUrls: Readonly<Record<string, string>>;
}

function present<T>(entries: Record<string, T | undefined>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as Record<string, T>;
}

/** Reads and checks the environment; throws `ConfigError` with all problems at once. */
export function loadPlatformConfig(environment: NodeJS.ProcessEnv = process.env): PlatformConfig {
  const result = schema.safeParse(environment);
  if (!result.success) {
    throw new ConfigError(result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`));
  }
  const env = result.data;
  return {
    environment: env.NODE_ENV,
    logLevel: env.LOG_LEVEL,
    host: env.HOST,
    port: env.PORT,
    dataDir: env.DATA_DIR,
    databaseUrl: env.DATABASE_URL ?? null,
    domainDatabaseUrls: present({
      auth: env.AUTH_DATABASE_URL,
      agent: env.AGENT_DATABASE_URL,
      workflow: env.WORKFLOW_DATABASE_URL,
      platform: env.PLATFORM_DATABASE_URL,
    }),
    databasePrefix: env.DATABASE_PREFIX,
    redisUrl: env.REDIS_URL ?? null,
    internalSecret: env.INTERNAL_SECRET ?? null,
    encryptionKey: env.ENCRYPTION_KEY ?? null,
    allowPrivateAddresses: (env.ALLOW_PRIVATE_ADDRESSES ?? '')
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean),
    subgraphUrls: present({ auth: env.AUTH_URL, agent: env.AGENT_URL, workflow: env.WORKFLOW_URL }),
  };
}
