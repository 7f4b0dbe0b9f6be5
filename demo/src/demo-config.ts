import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** The repository; this file lies two folders below it, as source and as bundle. */
const root = fileURLToPath(new URL('../..', import.meta.url));

export const HELP = `Triages a bug report or feature request with a crew of agents and draws the steps live.

  npm run demo                            a report that ships with the product
  npm run demo -- --file report.md        a report of yours
  some-command | npm run demo             a report on standard input

  --file <path>        the report; \`-\` is standard input
  --url <address>      a running product (default: the one on PORT, else one is started)
  --email, --password  whom to sign in as (default: ADMIN_EMAIL and ADMIN_PASSWORD, else the first
                       administrator as kept in the data folder)
  --storage <name>     the integration of type STORAGE that gets the report (default: your first active one
                       by name, if you have one)
  --team <name>        let a team of 4 to 11 roles work, played by a language model (see below)
  --keep               leave the product running that the demo has started
  --help               this text

Teams: feature, bug-triage, security-review, sprint-retrospective, documentation-update.

  OPENAI_BASE_URL=http://localhost:11434/v1 npm run demo -- --team feature --model llama3.2

  OPENAI_BASE_URL      address of a service with OpenAI's interface
  OPENAI_API_KEY       its key, if it needs one
  --model <name>       the model (default: OPENAI_MODEL)
  --file <path>        what the team works on: text, or JSON as in demo/teams (default: the file there)
  --output <path>      where to write the whole result as JSON

Each role asks the model once or twice: a team takes 5 to 12 requests. The exit code is 0 when the team has done its
work, 1 when it failed or lacks something, 2 when OPENAI_BASE_URL or the model is missing. The product calls addresses
on this machine only when it was started with ALLOW_PRIVATE_ADDRESSES=127.0.0.1/32,::1/128.

Shipped reports are in demo/reports. Without a team, the exit code is 0 only when the workflow ends COMPLETED and the
report is stored where there is a storage for it.
`;

export const TEAM_NAMES = [
  'feature',
  'bug-triage',
  'security-review',
  'sprint-retrospective',
  'documentation-update',
] as const;
export type TeamName = (typeof TEAM_NAMES)[number];

/** A team to work, and the model that plays its roles. */
export interface TeamConfig {
  readonly name: TeamName;
  readonly baseUrl: string;
  readonly apiKey: string | null;
  readonly model: string;
  /** Where the result is written. */
  readonly output: string | null;
  /** What it works on when no file is named. */
  readonly defaultInput: string;
}

/** What to do, and with whom to do it. */
export interface DemoConfig {
  readonly help: boolean;
  /** Absolute path of the report, `-` for standard input, null when none is named. */
  readonly file: string | null;
  /** Address of the product without `/graphql`. */
  readonly url: string;
  /** Whether the address was given: then nothing is started. */
  readonly urlGiven: boolean;
  readonly credentials: { readonly email: string; readonly password: string } | null;
  /** Name of the integration that gets the report, null when none is named. */
  readonly storage: string | null;
  readonly keep: boolean;
  /** Null when a report is triaged. */
  readonly team: TeamConfig | null;
  readonly root: string;
  readonly defaultReport: string;
  /** Where the product leaves the credentials of an administrator it has made itself. */
  readonly adminFile: string;
}

/** The command line cannot be understood, or something the demo needs is not there. Shown without a stack. */
export class DemoError extends Error {
  /** Of the process. */
  readonly exitCode: number = 1;
}

/** Settings without which there is nothing to begin with. */
export class MissingSettings extends DemoError {
  override readonly exitCode = 2;
}

/** Reads the command line and the environment; throws `DemoError` saying what is wrong. */
export function loadDemoConfig(args: readonly string[], env: NodeJS.ProcessEnv = process.env): DemoConfig {
  const options = parse(args);
  const email = options.email ?? env.ADMIN_EMAIL;
  const password = options.password ?? env.ADMIN_PASSWORD;
  if (Boolean(email) !== Boolean(password)) {
    throw new DemoError('Give --email and --password (or ADMIN_EMAIL and ADMIN_PASSWORD) together.');
  }
  // npm changes into the package's folder; a path is meant as seen from where the user typed the command.
  const from = env.INIT_CWD || process.cwd();
  const url = options.url ?? `http://localhost:${env.PORT || '4000'}`;
  if (!/^https?:\/\/[^/]+/.test(url)) throw new DemoError(`--url ${url}: must begin with http:// or https://`);
  return {
    help: options.help ?? false,
    file: options.file === undefined || options.file === '-' ? (options.file ?? null) : resolve(from, options.file),
    url: url.replace(/\/(graphql\/?)?$/, ''),
    urlGiven: options.url !== undefined,
    credentials: email && password ? { email, password } : null,
    storage: options.storage ?? null,
    keep: options.keep ?? false,
    team: options.help || options.team === undefined ? null : teamOf(options.team, options, from, env),
    root,
    defaultReport: join(root, 'demo/reports/crash-on-export.md'),
    adminFile: join(resolve(root, env.DATA_DIR || '.data'), 'admin.json'),
  };
}

function teamOf(
  wanted: string,
  options: { readonly model?: string | undefined; readonly output?: string | undefined },
  from: string,
  env: NodeJS.ProcessEnv,
): TeamConfig {
  const name = TEAM_NAMES.find((known) => known === wanted);
  if (!name) throw new MissingSettings(`--team ${wanted}: there are ${TEAM_NAMES.join(', ')}.`);
  const [baseUrl, model] = [env.OPENAI_BASE_URL, options.model ?? env.OPENAI_MODEL];
  if (!baseUrl || !model) {
    const missing = [...(baseUrl ? [] : ['OPENAI_BASE_URL']), ...(model ? [] : ['--model (or OPENAI_MODEL)'])];
    throw new MissingSettings(
      `A team is played by a language model. Missing: ${missing.join(' and ')}.\n` +
        'OPENAI_BASE_URL is the address of a service with OpenAI’s interface, e.g. https://api.openai.com/v1, or\n' +
        'http://localhost:11434/v1 for Ollama; OPENAI_API_KEY its key, if it needs one. See npm run demo -- --help.',
    );
  }
  return {
    ...{ name, baseUrl, model },
    apiKey: env.OPENAI_API_KEY || null,
    output: options.output === undefined ? null : resolve(from, options.output),
    defaultInput: join(root, 'demo/teams', `${name}.json`),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        file: { type: 'string' },
        url: { type: 'string' },
        email: { type: 'string' },
        password: { type: 'string' },
        storage: { type: 'string' },
        team: { type: 'string' },
        model: { type: 'string' },
        output: { type: 'string' },
        keep: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new DemoError(`${(error as Error).message.split('\n')[0]} (see npm run demo -- --help)`);
  }
}
