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
  --keep               leave the product running that the demo has started
  --help               this text

Shipped reports are in demo/reports. The exit code is 0 only when the workflow ends COMPLETED and the
report is stored where there is a storage for it.
`;

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
  readonly root: string;
  readonly defaultReport: string;
  /** Where the product leaves the credentials of an administrator it has made itself. */
  readonly adminFile: string;
}

/** The command line cannot be understood, or something the demo needs is not there. Shown without a stack. */
export class DemoError extends Error {}

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
    root,
    defaultReport: join(root, 'demo/reports/crash-on-export.md'),
    adminFile: join(resolve(root, env.DATA_DIR || '.data'), 'admin.json'),
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
        keep: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new DemoError(`${(error as Error).message.split('\n')[0]} (see npm run demo -- --help)`);
  }
}
