import { parseArgs } from 'node:util';
import { CommandFailure, EXIT } from './failure.ts';

export const HELP = `Workflows and agents as files, and executions with their progress.

  npm run workflow -- <command> [options]

  login                          keeps an API key of yours in a profile
  validate FILE...               all problems of the workflows in these files, with their lines
  apply FILE...                  creates the agents and workflows of these files, or changes those of the same name
  run FILE | NAME | ID           executes a workflow (of a file: after applying it) and shows its steps until it ends
  preflight FILE | NAME | ID     says what an execution would run into (of a file: after applying it), and starts none
  watch EXECUTION                shows the steps of an execution until it ends
  export NAME | ID               writes a workflow as a file
  schema workflow | agent        the JSON Schema of files, for editors

  --url <address>                the product (default: that of the profile, else http://localhost:$PORT, PORT 4000)
  --token <token>                an API key or access token (default: FLOWMESH_TOKEN, else that of the profile)
  --profile <name>               which profile (default: FLOWMESH_PROFILE, else "default")
  --input <JSON | @FILE | ->     run, preflight: the input; from a file of JSON or YAML, or from standard input
  --context <id>                 run, preflight: the context of the execution
  --key <text>                   run: the idempotency key; repeated with the same one, it shows the same execution
  --no-wait                      run: prints the execution's id and does not wait
  --dry-run                      apply: says what would be created or changed
  --json                         run, watch: the ended execution as JSON on standard output, progress on standard error;
                                 preflight: what was found as JSON
  --output <FILE>, -o            export: the file to write (default: standard output); .json writes JSON
  --help, -h                     this text

Without a profile and a token, the administrator is taken that a product has made itself in the data folder of this
checkout. In a FILE, a value {$env: NAME} is that of the environment variable, for keys and passwords.

Exit codes: 0 done, or COMPLETED; 1 FAILED or not ready, or a file has problems; 2 wrong command line or file; 3 CANCELLED;
4 refused by the product; 5 the product cannot be reached; 130 interrupted, the execution goes on.
`;

const COMMANDS = ['login', 'validate', 'apply', 'run', 'preflight', 'watch', 'export', 'schema'] as const;
export type CommandName = (typeof COMMANDS)[number];

export interface Options {
  readonly url: string | null;
  readonly token: string | null;
  readonly profile: string;
  readonly input: string | null;
  readonly context: string | null;
  readonly key: string | null;
  readonly wait: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly output: string | null;
}

export interface CommandLine {
  /** Null asks for the help text. */
  readonly command: CommandName | null;
  readonly subjects: readonly string[];
  readonly options: Options;
}

/** How many subjects a command takes: at least, at most. */
const SUBJECTS: Readonly<Record<CommandName, readonly [number, number, string]>> = {
  login: [0, 0, 'no argument'],
  validate: [1, 100, 'one or more files'],
  apply: [1, 100, 'one or more files'],
  run: [1, 1, 'a file, or the name or id of a workflow'],
  preflight: [1, 1, 'a file, or the name or id of a workflow'],
  watch: [1, 1, 'the id of an execution'],
  export: [1, 1, 'the name or id of a workflow'],
  schema: [1, 1, 'workflow or agent'],
};

/** Throws `CommandFailure` saying what is wrong. */
export function readCommandLine(args: readonly string[], env: NodeJS.ProcessEnv): CommandLine {
  const { values, positionals } = parse(args);
  const [command, ...subjects] = positionals;
  const options = {
    url: values.url ?? null,
    token: values.token ?? (env['FLOWMESH_TOKEN'] || null),
    profile: values.profile ?? (env['FLOWMESH_PROFILE'] || 'default'),
    input: values.input ?? null,
    context: values.context ?? null,
    key: values.key ?? null,
    wait: !values['no-wait'],
    dryRun: values['dry-run'] ?? false,
    json: values.json ?? false,
    output: values.output ?? null,
  };
  if (values.help || command === undefined) return { command: null, subjects: [], options };
  const known = COMMANDS.find((name) => name === command);
  if (!known) throw usage(`There is no command "${command}": ${COMMANDS.join(', ')}.`);
  const [least, most, what] = SUBJECTS[known];
  if (subjects.length < least || subjects.length > most) throw usage(`"${known}" takes ${what}.`);
  return { command: known, subjects, options };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        token: { type: 'string' },
        profile: { type: 'string' },
        input: { type: 'string' },
        context: { type: 'string' },
        key: { type: 'string' },
        'no-wait': { type: 'boolean' },
        'dry-run': { type: 'boolean' },
        json: { type: 'boolean' },
        output: { type: 'string', short: 'o' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw usage((error as Error).message.split('\n')[0] ?? '');
  }
}

const usage = (message: string) => new CommandFailure(`${message} (see npm run workflow -- --help)`, EXIT.usage);
