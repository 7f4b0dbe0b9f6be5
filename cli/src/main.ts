import { HELP, readCommandLine, type CommandName } from './command-line.ts';
import { apply } from './commands/apply.ts';
import { exportWorkflow } from './commands/export.ts';
import { login } from './commands/login.ts';
import { preflight } from './commands/preflight.ts';
import { run } from './commands/run.ts';
import { schema } from './commands/schema.ts';
import { validate } from './commands/validate.ts';
import { watch } from './commands/watch.ts';
import type { CommandContext } from './context.ts';
import { CommandFailure, EXIT, type ExitCode } from './failure.ts';
import { plainText } from './plain-text.ts';

const COMMANDS: Readonly<Record<CommandName, (context: CommandContext) => Promise<ExitCode>>> = {
  login,
  validate,
  apply,
  run,
  preflight,
  watch,
  export: exportWorkflow,
  schema,
};

async function main(): Promise<ExitCode> {
  const { command, subjects, options } = readCommandLine(process.argv.slice(2), process.env);
  if (command === null) {
    process.stdout.write(HELP);
    return EXIT.done;
  }
  // npm changes into the package's folder; a path is meant as seen from where the user typed the command.
  if (process.env['INIT_CWD']) process.chdir(process.env['INIT_CWD']);
  return COMMANDS[command]({
    subjects,
    options,
    env: process.env,
    // A file or another program gets it as it is.
    say: (line) => void process.stdout.write(`${process.stdout.isTTY ? plainText(line) : line}\n`),
    note: (line) => void process.stderr.write(`${plainText(line)}\n`),
  });
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const known = error instanceof CommandFailure;
    process.stderr.write(`${plainText(known ? error.message : ((error as Error).stack ?? String(error)))}\n`);
    process.exitCode = known ? error.exitCode : EXIT.failed;
  },
);
