import { databaseVariable, DOMAIN_NAMES, urlVariable } from '../domains/index.ts';
import { ConfigError } from './config-error.ts';
import { givenIn, readEnvironment, type Environment } from './environment.ts';
import { nearMisses } from './near-misses.ts';
import {
  dataSettings,
  domainDatabaseSettings,
  PLATFORM_SETTINGS,
  processSettings,
  serviceSettings,
  storeSettings,
} from './platform-settings.ts';
import type { SettingsGroup } from './settings-group.ts';
import { Settings } from './settings.ts';

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
  /** Keys used only for decryption: previous ones, or the next one. */
  readonly decryptionKeys: readonly string[];
  /** How long a request may take to arrive, headers and body; answers may take longer. */
  readonly requestTimeoutSeconds: number;
  /** Base addresses of subgraphs that run as processes of their own, e.g. `http://agent:4002`. */
  readonly subgraphUrls: Readonly<Record<string, string>>;
  /** Maximum number of sandbox processes; null: chosen by the number of cores. */
  readonly sandboxProcesses: number | null;
  /** Shares of queued jobs that are lost, or come twice, on purpose, from 0 to 1. Tests only: above 0 only with NODE_ENV=test. */
  readonly queueFaults: { readonly dropRate: number; readonly repeatRate: number };
  /** Settings that not every service has, e.g. those of a domain alone: `settings.of(authSettings)`. */
  readonly settings: Settings;
}

/** Settings that a process reads, and those that it requires. */
export interface ProcessSettings {
  /** The settings it reads; any when left out. */
  readonly groups?: readonly SettingsGroup[];
  /** Where it listens unless `PORT` says otherwise; 4000 when left out. */
  readonly port?: number;
  /** Only with many processes: shared secrets and addresses of other services that must be set. */
  readonly needs?: ServiceNeeds;
}

/** What a process needs from the others when the product runs as several. */
export interface ServiceNeeds {
  /** Databases it uses. */
  readonly databases: readonly string[];
  /** Subgraphs it calls. */
  readonly subgraphs: readonly string[];
}

/** A valid configuration, with hints for the operator. */
export interface LoadedConfig {
  readonly config: PlatformConfig;
  /** Variables that are likely to be mistyped settings; a sentence each, without a full stop. */
  readonly hints: readonly string[];
}

/** All groups that are checked for a process. */
export const groupsOf = ({ groups = [] }: ProcessSettings): readonly SettingsGroup[] => [
  ...new Set([...PLATFORM_SETTINGS, ...groups]),
];

/**
 * Defaults for this process. In a terminal, warnings and errors are logged as text; otherwise records from `info` on are
 * logged as JSON.
 */
export function processDefaults({ port = 4000 }: ProcessSettings, environment: Environment, terminal: boolean) {
  return {
    PORT: String(port),
    PUBLIC_URL: `http://localhost:${environment['PORT'] || port}`,
    LOG_LEVEL: terminal ? 'warn' : 'info',
    LOG_FORMAT: terminal ? 'text' : 'json',
  };
}

/**
 * Reads and checks the environment; throws `ConfigError` with everything that is wrong or missing, in all groups.
 * `terminal`: whether a person reads the standard output.
 */
export function loadConfig(
  declared: ProcessSettings,
  environment: Environment = readEnvironment(),
  terminal = process.stdout.isTTY,
): LoadedConfig {
  const given = givenIn(environment);
  const groups = groupsOf(declared);
  const values = { ...processDefaults(declared, given, terminal), ...given };
  const settings = new Settings(values, declared.groups === undefined ? null : groups);
  const problems = [...settings.problems(groups), ...missing(declared.needs, given)];
  const hints = nearMisses(
    given,
    groups.flatMap((group) => Object.keys(group.settings)),
  );
  if (problems.length > 0) throw new ConfigError(problems, hints);
  return { config: configOf(settings), hints };
}

/** The configuration of a process that may read any group. Throws `ConfigError`. */
export const loadPlatformConfig = (environment: Environment = readEnvironment()): PlatformConfig =>
  loadConfig({}, environment).config;

function configOf(settings: Settings): PlatformConfig {
  const basics = settings.of(processSettings);
  const stores = settings.of(storeSettings);
  const urls = settings.of(serviceSettings);
  const databases = DOMAIN_NAMES.map((name) => [name, settings.of(domainDatabaseSettings[name])] as const);
  return {
    environment: basics.NODE_ENV,
    logLevel: basics.LOG_LEVEL,
    logFormat: basics.LOG_FORMAT,
    publicUrl: basics.PUBLIC_URL,
    host: basics.HOST,
    port: basics.PORT,
    role: stores.ROLE,
    dataDir: settings.of(dataSettings),
    databaseUrl: stores.DATABASE_URL,
    domainDatabaseUrls: present([...databases, ['platform', stores.PLATFORM_DATABASE_URL]]),
    databasePrefix: stores.DATABASE_PREFIX,
    redisUrl: stores.REDIS_URL,
    internalSecret: basics.INTERNAL_SECRET,
    encryptionKey: stores.ENCRYPTION_KEY,
    decryptionKeys: stores.DECRYPTION_KEYS ?? [],
    requestTimeoutSeconds: basics.REQUEST_TIMEOUT_SECONDS,
    subgraphUrls: present(DOMAIN_NAMES.map((name) => [name, urls[urlVariable(name)] ?? null])),
    sandboxProcesses: stores.SANDBOX_PROCESSES,
    queueFaults: { dropRate: stores.QUEUE_FAULT_DROP_RATE, repeatRate: stores.QUEUE_FAULT_REPEAT_RATE },
    settings,
  };
}

const present = (entries: readonly (readonly [string, string | null])[]): Readonly<Record<string, string>> =>
  Object.fromEntries(entries.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));

/** Settings that a process needs and that are not set, when the product runs as many processes. */
function missing(needs: ServiceNeeds | undefined, given: Environment): readonly string[] {
  if (needs === undefined) return [];
  const problems: string[] = [];
  if (!given['INTERNAL_SECRET']) {
    problems.push('INTERNAL_SECRET must be set, to the same value in all processes (32 characters or more)');
  }
  if (needs.databases.length > 0) {
    if (!given['ENCRYPTION_KEY']) {
      problems.push('ENCRYPTION_KEY must be set, to the same value in all processes (32 bytes in base64)');
    }
    const variables = needs.databases.map(databaseVariable).filter((name) => !given[name]);
    if (!given['DATABASE_URL'] && variables.length > 0) {
      problems.push(`DATABASE_URL or ${variables.join(' and ')} must be set`);
    }
  }
  for (const name of needs.subgraphs) {
    const variable = urlVariable(name);
    if (!given[variable]) problems.push(`${variable} must be set to the address of the ${name} subgraph`);
  }
  return problems;
}
